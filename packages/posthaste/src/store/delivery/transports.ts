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

/** A back-off begins once and is extended: `since` stays that of the first fault. */
export async function backOffTransport(
  { database, engine }: StoreBase,
  name: string,
  { until, reason, now }: BackoffTerms,
): Promise<void> {
  const { transport } = engine.tables
  await database.query(engine.insertIgnore(transport, ['name', 'faults'], 'values (?, 0)'), [name])
  await run(
    database,
    sql`update ${transport}
      set backoff_until = ${until}, reason = ${reason}, since = coalesce(since, ${now}),
        faults = ${raw(oneMore('faults'))}
      where name = ${name}`,
  )
}

export async function resumeTransport({ database, engine }: StoreBase, name?: string): Promise<number> {
  const which = name === undefined ? empty : sql`where name = ${name}`
  const { affected } = await run(database, sql`delete from ${engine.tables.transport} ${which}`)
  return affected
}

export async function transportBackoffs({ database, engine }: StoreBase): Promise<TransportRow[]> {
  const { rows } = await run(database, sql`select * from ${engine.tables.transport} order by name`)
  return rows.map((row) => {
    const read = new StoredRow(row)
    return {
      name: read.text('name'),
      backoffUntil: read.timeOrNull('backoff_until'),
      reason: read.textOrNull('reason'),
      since: read.timeOrNull('since'),
      faults: read.count('faults'),
    }
  })
}
