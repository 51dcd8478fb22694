import type { Stoppage } from '../age.ts'
import { latestBelieved } from '../clock.ts'
import type { Row } from '../connections/database.ts'
import { latestInstant } from '../input/time.ts'
import { StoredRow } from './rows.ts'
import { raw, type Sql, sql } from './sql.ts'

/** A lease, or a canary's wait: over, also where a clock that was far ahead wrote its end. */
export function isOver(column: string, now: number): Sql {
  return sql`(${raw(column)} <= ${now} or ${raw(column)} > ${latestBelieved(now)})`
}

/**
 * How long a brake or a pause that begins again was on before; to be assigned first, for MySQL assigns from left to
 * right. What was edited by hand to what no time is must not keep it from coming back.
 */
export function earlierMs(now: number): Sql {
  return sql`case
        when earlier_ms between 0 and ${latestInstant} and ended_at between since and ${latestBelieved(now)}
          and since between 0 and ended_at then earlier_ms + ended_at - since
        else 0
      end`
}

/** When a brake or a pause was on. One that cannot be read is none, nor one of a clock that was far ahead. */
export function stoppageOf(row: Row, now: number): Stoppage[] {
  const read = new StoredRow(row)
  const stoppage = {
    since: read.time('since'),
    endedAt: read.timeOrNull('ended_at'),
    earlierMs: read.timeOrNull('earlier_ms') ?? 0,
  }
  const latest = Math.max(stoppage.since, stoppage.endedAt ?? 0)
  return read.faults.length === 0 && latest <= latestBelieved(now) ? [stoppage] : []
}

/** It may begin: it is over, or a clock that was far ahead began it. */
export function mayBegin(now: number): Sql {
  return sql`(ended_at is not null or since > ${latestBelieved(now)})`
}
