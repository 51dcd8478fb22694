import type { StoreBase } from '../engine.ts'
import { StoredRow } from '../rows.ts'
import { run, sql } from '../sql.ts'
import type { PauseRow } from '../store.ts'

export async function pauses({ database, engine }: StoreBase): Promise<PauseRow[]> {
  const { rows } = await run(database, sql`select * from ${engine.tables.pause} order by stream`)
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
  await database.query(
    engine.insertIgnore(engine.tables.pause, ['stream', 'reason', 'who', 'since'], 'values (?, ?, ?, ?)'),
    [stream, reason, who, since],
  )
}

export async function resume({ database, engine }: StoreBase, stream: string): Promise<boolean> {
  const { affected } = await run(database, sql`delete from ${engine.tables.pause} where stream = ${stream}`)
  return affected > 0
}
