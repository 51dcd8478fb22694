import type { Executor } from '../../connections/database.ts'
import type { Engine, JsonColumns } from '../engine.ts'
import { endsErased, eraseEnded } from '../erase.ts'
import type { Settling, Turn } from '../store.ts'
import {
  attemptColumns,
  attemptRow,
  changeColumns,
  changeRows,
  settleChanges,
  settleColumns,
  settleRows,
} from './settle-rows.ts'

/**
 * Settles what is still held, and tells which mails that were. Differs from PostgreSQL because neither MySQL nor SQLite
 * can update within `with`.
 */
export async function stepwiseSettle(
  tx: Executor,
  { settle, now }: Turn,
  engine: Engine,
): Promise<Set<string>> {
  if (settle.length === 0) return new Set()
  const held = await lockHeld(tx, settle, engine)
  const mine = settle.filter(({ settlement }) => held.has(settlement.mailId))
  if (mine.length > 0) await writeSettlings(tx, mine, { now, engine })
  await eraseEnded(tx, endsErased(settle, held), engine)
  return held
}

export interface At {
  readonly now: number
  readonly engine: Engine
}

const heldColumns = { mail_id: 'id', token: 'bigint' } as const satisfies JsonColumns

async function lockHeld(tx: Executor, settle: readonly Settling[], engine: Engine): Promise<Set<string>> {
  const given = settle.map(({ settlement: { mailId, token } }) => ({
    mail_id: engine.jsonId(mailId),
    token,
  }))
  const { rows } = await tx.query(
    `select d.mail_id from ${engine.jsonRows('g', heldColumns)}
     ${engine.lookup(engine.tables.delivery, 'd')} on d.mail_id = ${engine.fromJsonId('g.mail_id')}
     where d.token = g.token and d.state = 'sending'${engine.locks.inOrder('mail_id')}`,
    [JSON.stringify(given.sort((a, b) => (a.mail_id < b.mail_id ? -1 : 1)))],
  )
  return new Set(rows.map(({ mail_id }) => engine.readId(mail_id)))
}

/** Of mails that the caller has locked. */
export async function writeSettlings(tx: Executor, settle: readonly Settling[], at: At): Promise<void> {
  const { now, engine } = at
  await tx.query(deliverySql(engine), [JSON.stringify(settleRows(settle, now, engine))])
  await writeChanges(tx, settle, at)
  await writeAttempts(tx, settle, engine)
}

export async function writeChanges(
  tx: Executor,
  settle: readonly Settling[],
  { now, engine }: At,
): Promise<void> {
  const changes = settle.flatMap((one) => changeRows(one, now, engine))
  if (changes.length > 0) await tx.query(recipientSql(engine), [JSON.stringify(changes)])
}

/** Where there is a row for this token it stays. */
export async function writeAttempts(
  tx: Executor,
  settle: readonly Settling[],
  engine: Engine,
): Promise<void> {
  const attempts = settle.flatMap(({ attempt }) => (attempt ? [attemptRow(attempt, engine)] : []))
  if (attempts.length > 0) await tx.query(attemptSql(engine), [JSON.stringify(attempts)])
}

/** With one more condition, if there is one. */
export function deliverySql(engine: Engine, also = ''): string {
  return engine.updateFrom({
    table: engine.tables.delivery,
    from: engine.jsonRows('g', settleColumns),
    on: `d.mail_id = ${engine.fromJsonId('g.mail_id')} ${also}`,
    set: settleChanges,
  })
}

function recipientSql(engine: Engine): string {
  const changed = ['state', 'code', 'enhanced', 'reply', 'settled_at']
  return engine.updateFrom({
    table: engine.tables.recipient,
    from: engine.jsonRows('c', changeColumns),
    on: `d.mail_id = ${engine.fromJsonId('c.mail_id')} and d.seq = c.seq and d.state <> 'accepted'`,
    set: Object.fromEntries(changed.map((column) => [column, `c.${column}`])),
  })
}

export function attemptSql(engine: Engine): string {
  const columns = Object.keys(attemptColumns)
  const values = columns.map((name) => (name === 'mail_id' ? engine.fromJsonId('a.mail_id') : `a.${name}`))
  return engine.insertIgnore(
    engine.tables.attempt,
    columns,
    // `where true`: without it SQLite reads `on conflict` as a join's condition.
    `select ${values.join(', ')} from ${engine.jsonRows('a', attemptColumns)} where true`,
  )
}
