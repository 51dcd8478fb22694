import { latestBelieved } from '../../clock.ts'
import type { Executor, Row } from '../../connections/database.ts'
import type { Refusal } from '../../refusal.ts'
import { truncateForColumn } from '../add/rows.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { Engine, JsonColumns, StoreBase } from '../engine.ts'
import { deleteGiven, idsParam, lockGiven, updateGiven } from '../given-ids.ts'
import { StoredRow } from '../rows.ts'
import { empty, run, sql } from '../sql.ts'
import { changesOf, isFor } from '../transition-sql.ts'

const columns = {
  mail_id: 'id',
  seq: 'integer',
  transport: 'text',
  domain: 'text',
  reply: 'text',
  is_senders: 'integer',
  stream: 'text',
  sender: 'text',
  tenant: 'text',
  refused_at: 'bigint',
} as const satisfies JsonColumns

export const refusalNames: readonly string[] = Object.keys(columns)

const mostRead = 1_000

export async function noteRefusals(
  { database, engine }: StoreBase,
  refusals: readonly Refusal[],
): Promise<void> {
  if (refusals.length === 0) return
  const names = refusalNames
  const values = names.map((name) => (name === 'mail_id' ? engine.fromJsonId('r.mail_id') : `r.${name}`))
  const rows = refusals.map((one) => rowOf(one, engine))
  // `where true`: without it SQLite reads `on conflict` as a join's condition.
  const source = `select ${values.join(', ')} from ${engine.jsonRows('r', columns)} where true`
  const statement = engine.insertIgnore(engine.tables.refusal, names, source)
  await withTransactionRetry(() => forgetAhead(database, refusals, engine))
  await withTransactionRetry(() => database.query(statement, [JSON.stringify(rows)]))
}

/** What a clock noted that was far ahead must not pass for the first time. */
async function forgetAhead(
  executor: Executor,
  refusals: readonly Refusal[],
  { tables }: Engine,
): Promise<void> {
  for (const name of new Set(refusals.map(({ transport }) => nameOf(transport)))) {
    const now = Math.min(...refusals.map(({ refusedAt }) => refusedAt))
    const ahead = sql`transport = ${name} and refused_at > ${latestBelieved(now)}`
    await run(executor, sql`delete from ${tables.refusal} where ${ahead}`)
  }
}

/** Of mail that has ended meanwhile or that a person holds, and of recipients that have their answer, none waits. */
export async function readRefusals(
  { database, engine }: StoreBase,
  { now, transport }: { now: number; transport: string | undefined },
): Promise<Refusal[]> {
  const { refusal, delivery, recipient } = engine.tables
  const which = transport === undefined ? empty : sql` and r.transport = ${nameOf(transport)}`
  const { rows } = await run(
    database,
    sql`select r.*
      from ${refusal} r
      join ${delivery} d on d.mail_id = r.mail_id and d.state in ('queued', 'sending')
      join ${recipient} c on c.mail_id = r.mail_id and c.seq = r.seq and c.state = 'pending'
      where r.refused_at <= ${latestBelieved(now)}${which}
      order by r.refused_at
      limit ${mostRead}`,
  )
  return rows.flatMap((row) => refusalOf(row, engine))
}

export async function freeRefusals(
  { database, engine }: StoreBase,
  refusals: readonly Refusal[],
  now: number,
): Promise<void> {
  if (refusals.length === 0) return
  const { delivery, refusal } = engine.tables
  const table = { table: delivery, key: 'mail_id' }
  const given = idsOf(refusals, now, engine)
  const waits = { ...table, where: isFor('unbrake') }
  await withTransactionRetry(() =>
    database.transaction(async (tx) => {
      await tx.query(lockGiven(engine, { ...waits, select: 'd.mail_id' }), given)
      await tx.query(deleteGiven(engine, refusal, 'mail_id'), given)
      await tx.query(updateGiven(engine, { ...waits, set: changesOf('unbrake', { now: 'x.now' }) }), given)
    }),
  )
}

export function idsOf(refusals: readonly Refusal[], now: number, engine: Engine): string[] {
  const ids = refusals.map(({ mailId }) => mailId)
  return [idsParam(engine, ids, now)]
}

export function nameOf(transport: string): string {
  return truncateForColumn(transport, 60)
}

function rowOf(refusal: Refusal, engine: Engine): Record<keyof typeof columns, string | number | null> {
  const { mailId, seq, stream, tenant, isSenders, refusedAt } = refusal
  return {
    mail_id: engine.jsonId(mailId),
    seq,
    transport: nameOf(refusal.transport),
    domain: truncateForColumn(refusal.domain, 320),
    reply: truncateForColumn(refusal.reply, 200),
    is_senders: isSenders ? 1 : 0,
    stream,
    sender: truncateForColumn(refusal.sender, 320),
    tenant,
    refused_at: Math.round(refusedAt),
  }
}

/** One that cannot be read proves nothing, and waits for nothing. */
function refusalOf(row: Row, engine: Engine): Refusal[] {
  const read = new StoredRow(row)
  const refusal: Refusal = {
    mailId: engine.readId(row.mail_id),
    seq: read.count('seq'),
    transport: read.text('transport'),
    domain: read.text('domain'),
    reply: read.text('reply'),
    isSenders: read.flag('is_senders'),
    stream: read.text('stream'),
    sender: read.text('sender'),
    tenant: read.textOrNull('tenant'),
    refusedAt: read.time('refused_at'),
  }
  return read.faults.length === 0 ? [refusal] : []
}
