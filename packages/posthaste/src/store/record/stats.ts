import { type State, states } from '../../mail/mail.ts'
import type { StoreBase } from '../engine.ts'
import { anyBody } from '../erase.ts'
import { StoredRow } from '../rows.ts'
import { run, sql } from '../sql.ts'
import type { Stats, StreamStats } from '../store.ts'

const minute = 60_000
const hour = 3_600_000

export async function stats(base: StoreBase, now: number): Promise<Stats> {
  const [counts, streams, lately] = await Promise.all([
    countStates(base),
    readStreams(base, now),
    readLately(base, now),
  ])
  return { ...counts, streams, ...lately }
}

async function countStates({ database, engine }: StoreBase): Promise<Pick<Stats, 'states' | 'unknown'>> {
  const { rows } = await run(
    database,
    sql`select state, count(*) as n, sum(case when unknowns > 0 then 1 else 0 end) as unknown_n
      from ${engine.tables.delivery}
      group by state`,
  )
  const counted = new Map(rows.map(({ state, n }) => [String(state), Number(n)]))
  return {
    states: Object.fromEntries(states.map((state) => [state, counted.get(state) ?? 0])) as Record<
      State,
      number
    >,
    unknown: rows.reduce((sum, { unknown_n }) => sum + Number(unknown_n), 0),
  }
}

async function readStreams({ database, engine }: StoreBase, now: number): Promise<StreamStats[]> {
  const cast = engine.cast('bigint')
  const { rows } = await run(
    database,
    sql`select stream,
        sum(case when state = 'queued' and due_at <= ${now}${cast} then 1 else 0 end) as due,
        sum(case when state = 'queued' and due_at > ${now}${cast} and attempts = 0 then 1 else 0 end) as scheduled,
        sum(case when state = 'queued' and due_at > ${now}${cast} and attempts > 0 then 1 else 0 end) as retrying,
        sum(case when state = 'sending' then 1 else 0 end) as sending,
        min(case when state = 'queued' and due_at <= ${now}${cast} then due_at end) as oldest_due
      from ${engine.tables.delivery}
      where state in ('queued', 'sending')
      group by stream
      order by stream`,
  )
  return rows.map((row) => ({
    stream: String(row.stream),
    due: Number(row.due),
    scheduled: Number(row.scheduled),
    retrying: Number(row.retrying),
    sending: Number(row.sending),
    oldestDue: new StoredRow(row).timeOrNull('oldest_due'),
  }))
}

async function readLately(
  { database, engine }: StoreBase,
  now: number,
): Promise<Pick<Stats, 'sentLastMinute' | 'sentLastHour' | 'failedLastHour'>> {
  const recent = sql`${now - minute}${engine.cast('bigint')}`
  const { rows } = await run(
    database,
    sql`select sum(case when state = 'sent' and settled_at > ${recent} then 1 else 0 end) as sent_minute,
        sum(case when state = 'sent' then 1 else 0 end) as sent_hour,
        sum(case when state = 'failed' then 1 else 0 end) as failed_hour
      from ${engine.tables.delivery}
      where ${anyBody} and settled_at is not null and settled_at > ${now - hour}`,
  )
  const row = rows[0]
  return {
    sentLastMinute: Number(row?.sent_minute ?? 0),
    sentLastHour: Number(row?.sent_hour ?? 0),
    failedLastHour: Number(row?.failed_hour ?? 0),
  }
}
