import type { Stoppage } from '../age.ts'
import type { Row } from '../connections/database.ts'
import { latestInstant } from '../input/time.ts'
import { StoredRow } from './rows.ts'
import { raw, type Sql } from './sql.ts'

/**
 * How long a brake or a pause that begins again was on before; to be assigned first, for MySQL assigns from left to
 * right. What was edited by hand to what no time is must not keep it from coming back.
 */
export const earlierMs: Sql = raw(`case
        when earlier_ms between 0 and ${latestInstant} and ended_at between since and ${latestInstant}
          and since between 0 and ended_at then earlier_ms + ended_at - since
        else 0
      end`)

/** When a brake or a pause was on. One that cannot be read is none. */
export function stoppageOf(row: Row): Stoppage[] {
  const read = new StoredRow(row)
  const stoppage = {
    since: read.time('since'),
    endedAt: read.timeOrNull('ended_at'),
    earlierMs: read.timeOrNull('earlier_ms') ?? 0,
  }
  return read.faults.length === 0 ? [stoppage] : []
}
