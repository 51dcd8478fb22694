import type { Row } from '../../connections/database.ts'
import type { StoreBase } from '../engine.ts'
import { StoredRow } from '../rows.ts'
import { run, sql } from '../sql.ts'
import type { Claim, KeptBack } from '../store.ts'
import { stoppageOf } from '../stored-times.ts'

export async function keptBack(
  { database, engine }: StoreBase,
  { mailId, stream }: Pick<Claim, 'mailId' | 'stream'>,
  now: number,
): Promise<KeptBack> {
  const { delivery, pause } = engine.tables
  const idle = await run(database, sql`select idle_ms from ${delivery} where mail_id = ${engine.id(mailId)}`)
  const paused = await run(database, sql`select * from ${pause} where stream in ('', ${stream})`)
  return { idleMs: idleOf(idle.rows[0]), pauses: paused.rows.flatMap((row) => stoppageOf(row, now)) }
}

function idleOf(row: Row | undefined): number {
  return row ? (new StoredRow(row).timeOrNull('idle_ms') ?? 0) : 0
}
