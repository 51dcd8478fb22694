import { latestBelieved } from '../../clock.ts'
import type { StoreBase } from '../engine.ts'
import { StoredRow } from '../rows.ts'
import { empty, raw, run, sql } from '../sql.ts'
import type { TransportRow } from '../store.ts'
import { oneMore } from '../transition-sql.ts'

export interface BackoffTerms {
  readonly until: number
  readonly reason: string
  readonly now: number
}

/** After this long a back-off that is over begins anew. Milliseconds. */
const overFor = 2 * 86_400_000

/**
 * A back-off begins once and is extended: `since` stays that of the first fault. One that was over for days, as a clock
 * that is far ahead sees every one, begins anew.
 */
export async function backOffTransport(
  { database, engine }: StoreBase,
  name: string,
  { until, reason, now }: BackoffTerms,
): Promise<void> {
  const { transport } = engine.tables
  await database.query(engine.insertIgnore(transport, ['name', 'faults'], 'values (?, 0)'), [name])
  // In this order: MySQL assigns from left to right.
  await run(
    database,
    sql`update ${transport}
      set since = case
          when since <= ${latestBelieved(now)} and backoff_until >= ${now - overFor} then since
          else ${now}
        end,
        backoff_until = ${until}, reason = ${reason}, faults = ${raw(oneMore('faults'))}
      where name = ${name}`,
  )
}

export async function resumeTransport({ database, engine }: StoreBase, name?: string): Promise<number> {
  const which = name === undefined ? empty : sql`where name = ${name}`
  const { affected } = await run(database, sql`delete from ${engine.tables.transport} ${which}`)
  return affected
}

/** Leaves out what was written by a worker whose clock was far ahead. */
export async function transportBackoffs(
  { database, engine }: StoreBase,
  now: number,
): Promise<TransportRow[]> {
  const { rows } = await run(database, sql`select * from ${engine.tables.transport} order by name`)
  return rows
    .map((row) => {
      const read = new StoredRow(row)
      return {
        name: read.text('name'),
        backoffUntil: read.timeOrNull('backoff_until'),
        reason: read.textOrNull('reason'),
        since: read.timeOrNull('since'),
        faults: read.count('faults'),
      }
    })
    .filter(({ since }) => since === null || since <= latestBelieved(now))
}
