import type { StoreBase } from '../engine.ts'
import { StoredRow } from '../rows.ts'
import { run, sql } from '../sql.ts'
import type { PauseRow } from '../store.ts'
import { earlierMs } from '../stored-times.ts'

export async function pauses({ database, engine }: StoreBase): Promise<PauseRow[]> {
  const { rows } = await run(
    database,
    sql`select * from ${engine.tables.pause} where ended_at is null order by stream`,
  )
  return rows.map((row) => {
    const read = new StoredRow(row)
    return {
      stream: read.text('stream'),
      reason: read.textOrNull('reason'),
      who: read.textOrNull('who'),
      since: read.time('since'),
    }
  })
}

/** A second pause leaves the first as it is: who stopped it, and since when, is what matters. */
export async function pause(
  { database, engine }: StoreBase,
  { stream, reason, who, since }: PauseRow,
): Promise<void> {
  const { pause } = engine.tables
  await database.query(
    engine.insertIgnore(pause, ['stream', 'reason', 'who', 'since'], 'values (?, ?, ?, ?)'),
    [stream, reason, who, since],
  )
  await run(
    database,
    sql`update ${pause}
      set earlier_ms = ${earlierMs(since)}, since = ${since}, reason = ${reason}, who = ${who}, ended_at = null
      where stream = ${stream} and ended_at is not null`,
  )
}

/** It stays without its words, for the age of mail does not count the time. */
export async function resume({ database, engine }: StoreBase, stream: string, now: number): Promise<boolean> {
  const { affected } = await run(
    database,
    sql`update ${engine.tables.pause}
      set ended_at = ${now}, reason = null, who = null
      where stream = ${stream} and ended_at is null`,
  )
  return affected > 0
}
