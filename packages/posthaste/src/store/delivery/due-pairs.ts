import type { Executor, Row } from '../../connections/database.ts'
import { tableOf } from '../add/rows.ts'
import type { Engine, JsonColumns, StoreBase } from '../engine.ts'
import { StoredRow } from '../rows.ts'
import { raw, run, type Sql, type Statement, sql } from '../sql.ts'
import { bookmarkKey, type ClaimRequest, type Turn } from '../store.ts'

/** One stream and lane to look in, for one of a turn's requests. */
export interface Pair {
  readonly request: number
  readonly stream: string
  readonly lane: number
  /** Nothing that was due earlier is looked for. */
  readonly due_from: number
}

export const pairColumns = {
  request: 'integer',
  stream: 'text',
  lane: 'integer',
  due_from: 'bigint',
} as const satisfies JsonColumns
export const everyLane = [0, 1, 2, 3, 4, 5, 6, 7]

/**
 * In the order of preference. Within a lane the streams take turns to be first, so that none starves behind another's
 * backlog.
 */
export function pairsOf(requests: readonly ClaimRequest[], now: number): Pair[] {
  return requests.flatMap(({ streams, lanes, from }, request) => {
    const first = streams.length > 0 ? Math.trunc(now) % streams.length : 0
    const turned = [...streams.slice(first), ...streams.slice(0, first)]
    return lanes.flatMap((lane) =>
      turned.map((stream) => ({
        request,
        stream,
        lane,
        due_from: from?.get(bookmarkKey(stream, lane)) ?? 0,
      })),
    )
  })
}

/** Those of a turn whose requests want something. */
export function wantedPairs({ claim, now }: Turn): Pair[] {
  return pairsOf(claim, now).filter(({ request }) => (claim[request]?.limit ?? 0) > 0)
}

export interface DuePair extends Pair {
  /** When its first mail was due that could be seen; of a pair with a bookmark, that. */
  readonly due: number
}

/**
 * The earliest due time of each pair that is not paused and has queued mail: one step into the index each. Where a
 * claim left a bookmark there is a backlog, and its place is told instead. Mail whose due time is none waits for
 * maintenance, which fails it, and keeps no other mail back.
 */
async function earliestDue(executor: Executor, pairs: readonly Pair[], engine: Engine): Promise<DuePair[]> {
  if (pairs.length === 0) return []
  const { rows } = await run(executor, earliestSql(pairs, engine))
  return duePairsOf(rows)
}

function duePairsOf(rows: readonly Row[]): DuePair[] {
  return rows.flatMap((row) => {
    const due = new StoredRow(row).timeOrNull('due')
    if (due === null) return []
    const { request, lane, due_from } = row
    return {
      request: Number(request),
      stream: String(row.stream),
      lane: Number(lane),
      due_from: Number(due_from),
      due,
    }
  })
}

function earliestSql(pairs: readonly Pair[], engine: Engine): Sql {
  const { delivery } = engine.tables
  return sql`select p.request, p.stream, p.lane, p.due_from,
    case
      when p.due_from > 0 then p.due_from
      else (
        select d.due_at
        from ${delivery} d${engine.firstDue.hint}
        where d.state = 'queued' and d.stream = p.stream and d.lane = p.lane and d.due_at >= 0
        order by ${engine.firstDue.order}
        limit 1
      )
    end as due
  from ${tableOf(engine, 'p', pairColumns, pairs)}
  where ${isNotPaused(engine, raw('p.stream'))}`
}

/** For the last mails of each lane it begins at the first of them; where there are fewer, at the lane's beginning. */
export async function fromLast(
  executor: Executor,
  request: ClaimRequest,
  { now, engine }: { now: number; engine: Engine },
): Promise<ClaimRequest> {
  if (request.lastOf === undefined) return request
  const last = Math.min(request.lastOf, now)
  const { rows } = await run(
    executor,
    lastSql(pairsOf([{ ...request, from: undefined }], now), { last, limit: request.limit, engine }),
  )
  const found = duePairsOf(rows).map(({ stream, lane, due }) => [bookmarkKey(stream, lane), due] as const)
  return { ...request, from: new Map(found) }
}

interface Last {
  readonly last: number
  readonly limit: number
  readonly engine: Engine
}

function lastSql(pairs: readonly Pair[], { last, limit, engine }: Last): Sql {
  const { hint, order } = engine.firstDue
  const backwards = raw(order.sql.replaceAll(/,|$/g, (end) => ` desc${end}`))
  return sql`select p.request, p.stream, p.lane, p.due_from, (
      select d.due_at
      from ${engine.tables.delivery} d${hint}
      where d.state = 'queued' and d.stream = p.stream and d.lane = p.lane and d.due_at <= ${last}
      order by ${backwards}
      limit 1 offset ${raw(String(Math.max(0, Math.trunc(limit) - 1)))}
    ) as due
  from ${tableOf(engine, 'p', pairColumns, pairs)}`
}

/** The condition that neither the stream nor the queue is paused. */
export function isNotPaused({ tables }: Engine, stream: Statement): Sql {
  return sql`not exists (
    select 1 from ${tables.pause} z where z.stream in ('', ${stream}) and z.ended_at is null
  )`
}

/** Where a turn's requests find mail that is due by now. */
export async function duePairs(executor: Executor, turn: Turn, engine: Engine): Promise<readonly DuePair[]> {
  return (await earliestDue(executor, wantedPairs(turn), engine)).filter(({ due }) => due <= turn.now)
}

export async function nextDue(
  { database, engine }: StoreBase,
  streams: readonly string[],
): Promise<number | undefined> {
  const found = await earliestDue(database, pairsOf([{ streams, lanes: everyLane, limit: 1 }], 0), engine)
  return found.length > 0 ? Math.min(...found.map(({ due }) => due)) : undefined
}
