import type { Executor, Row } from '../../connections/database.ts'
import type { Filter } from '../../filter.ts'
import { reasons, recipientStates, states } from '../../mail/mail.ts'
import { type TransitionName, transitions } from '../../mail/transitions.ts'
import { writeSettlings } from '../delivery/stepwise-settle.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { fromGiven, idsParam, lockGiven, updateGiven } from '../given-ids.ts'
import { groupBy, StoredRow } from '../rows.ts'
import type { Sql, Text } from '../sql.ts'
import type { Acted, Resolution, Settling, Superseded } from '../store.ts'
import { idleMs, isFor, nextToken } from '../transition-sql.ts'
import { eachBatch } from './each-batch.ts'
import { lockKeys, noKeys, withoutSuperseded } from './keys.ts'
import { answersOf } from './record-rows.ts'
import { type Doubtful, resolved } from './resolved.ts'

export interface Resolving {
  readonly resolution: Resolution
  readonly filter: Filter
  readonly who: string | null
  readonly now: number
}

const names = { arrived: 'resolveArrived', retry: 'resolveRetry' } as const satisfies Record<
  Resolution,
  TransitionName
>

/** Changes each mail that is still flagged, is not under way, and has a recipient that is still pending. */
export async function resolve(base: StoreBase, { filter, ...how }: Resolving): Promise<Acted> {
  const also = isFor(names[how.resolution])
  const superseded = new Map<string, Superseded>()
  const changed = await eachBatch(base, { filter, also }, (tx, ids) =>
    apply(tx, ids, { ...how, where: also, engine: base.engine, superseded }),
  )
  return { changed, superseded: [...superseded.values()] }
}

interface Applying extends Omit<Resolving, 'filter'> {
  readonly where: Sql
  readonly engine: Engine
  readonly superseded: Map<string, Superseded>
}

async function apply(tx: Executor, ids: readonly string[], how: Applying): Promise<number> {
  const { engine, now } = how
  const taken = transitions[names[how.resolution]].needsKey ? await lockKeys(tx, ids, engine) : noKeys
  const decided = (await lockDoubtful(tx, ids, how)).map((mail) => ({ mail, settling: resolved(mail, how) }))
  const keyed = decided.filter((one) => needsItsKey(one, how)).map(({ mail }) => mail.mailId)
  const ready = new Set(withoutSuperseded(keyed, taken, how.superseded))
  const settlings = decided
    .filter((one) => !needsItsKey(one, how) || ready.has(one.mail.mailId))
    .map(({ settling }) => settling)
  if (settlings.length === 0) return 0
  const changed = settlings.map(({ settlement }) => settlement.mailId)
  // A token of its own for the line of history; the claim that was in doubt comes too late from now on.
  await tx.query(
    updateGiven(engine, {
      table: engine.tables.delivery,
      key: 'mail_id',
      set: { idle_ms: idleMs('x.now'), token: nextToken(), rescues: '0' },
    }),
    [idsParam(engine, changed, now)],
  )
  await writeSettlings(tx, settlings, { now, engine })
  await eraseEnded(tx, changed, engine)
  return changed.length
}

interface Settled {
  readonly mail: Doubtful
  readonly settling: Settling
}

/** Of mail that arrived at some, those who are still to be asked have got the mail that holds its key now. */
function needsItsKey({ mail, settling }: Settled, { resolution }: Applying): boolean {
  const { needsKey } = transitions[names[resolution]]
  const { state } = settling.settlement
  return needsKey === true || (needsKey?.includes(state) === true && state !== mail.state)
}

/** In the order of their ids: all lockers lock in one order. */
async function lockDoubtful(
  tx: Executor,
  ids: readonly string[],
  { engine, where }: Applying,
): Promise<Doubtful[]> {
  const { delivery, recipient, attempt } = engine.tables
  const select = 'd.mail_id, d.token, d.state, d.reason, d.attempts, d.unknowns'
  const locked = await tx.query(lockGiven(engine, { select, table: delivery, key: 'mail_id', where }), [
    idsParam(engine, ids),
  ])
  if (locked.rows.length === 0) return []
  const given = [
    idsParam(
      engine,
      locked.rows.map(({ mail_id }) => engine.readId(mail_id)),
    ),
  ]
  const of = (table: Text, columns: string, where = '1 = 1') =>
    tx.query(`select d.mail_id, ${columns} ${fromGiven(engine, table, 'mail_id')} where ${where}`, given)
  const byMail = ({ rows }: { rows: readonly Row[] }) =>
    groupBy(rows, ({ mail_id }) => engine.readId(mail_id))
  const recipients = byMail(await of(recipient, 'd.seq, d.address, d.state'))
  const attempts = byMail(await of(attempt, 'd.recipients', 'd.doubt = 1'))
  return locked.rows.flatMap((row) => {
    const mailId = engine.readId(row.mail_id)
    const one = doubtfulOf(row, {
      mailId,
      recipients: recipients.get(mailId) ?? [],
      attempts: attempts.get(mailId) ?? [],
    })
    return one.doubted.size > 0 ? [one] : []
  })
}

interface Read {
  readonly mailId: string
  readonly recipients: readonly Row[]
  readonly attempts: readonly Row[]
}

function doubtfulOf(row: Row, { mailId, recipients, attempts }: Read): Doubtful {
  const read = new StoredRow(row)
  const all = recipients.map((recipient) => {
    const one = new StoredRow(recipient)
    const state = one.oneOf('state', recipientStates, 'suppressed')
    return { seq: one.count('seq'), address: one.text('address'), state }
  })
  const pending = all.filter(({ state }) => state === 'pending')
  const named = namedIn(attempts)
  const doubted = pending.filter(({ address }) => named === 'everyone' || named.has(address))
  return {
    mailId,
    token: read.token('token'),
    state: read.oneOf('state', states, 'held'),
    reason: read.oneOfOrNull('reason', reasons),
    attempts: read.count('attempts'),
    unknowns: read.count('unknowns'),
    recipients: all,
    doubted: new Set(doubted.map(({ seq }) => seq)),
  }
}

/**
 * Whose answers were lost in the attempts that were in doubt; without a history, or where one names none, that may be
 * every recipient still to be asked.
 */
function namedIn(attempts: readonly Row[]): 'everyone' | Set<string> {
  const named = new Set<string>()
  for (const { recipients } of attempts) {
    const unknown = answersOf(recipients).filter(({ verdict }) => verdict === 'unknown')
    if (unknown.length === 0) return 'everyone'
    for (const { address } of unknown) named.add(address)
  }
  return named.size > 0 ? named : 'everyone'
}
