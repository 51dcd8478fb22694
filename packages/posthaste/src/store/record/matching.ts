import type { Executor, Value } from '../../connections/database.ts'
import { type Filter, instantOf } from '../../filter.ts'
import { states } from '../../mail/mail.ts'
import { storedKey, subjectKey, truncateForColumn } from '../add/rows.ts'
import type { Engine } from '../engine.ts'
import { empty, join, raw, type Sql, type Statement, sql } from '../sql.ts'
import { prefixRange } from '../suppressions.ts'

export interface Matching {
  readonly limit: number
  /** Ids smaller than this one. */
  readonly after?: string | undefined
  /** A further condition on the delivery `d`. */
  readonly also?: Sql
}

/** Ids of the mails that match, newest first. */
export async function matchingIds(
  executor: Executor,
  { filter, engine }: { filter: Filter; engine: Engine },
  matching: Matching,
): Promise<string[]> {
  const { sql, params } = matchingSql(filter, matching, engine)
  const { rows } = await executor.query(sql, params)
  return rows.map(({ id }) => engine.readId(id))
}

/**
 * One table drives: the one whose index gives the mails of the narrowest key, in the order of their ids. The others are
 * looked up by id, so that no planner can choose to walk through every mail in search of a rare one.
 */
export function matchingSql(filter: Filter, { limit, after, also }: Matching, engine: Engine): Statement {
  const driver = driverOf(filter, also)
  const id = driver === 'mail' ? 'm.id' : `${aliases[driver]}.mail_id`
  const conditions = [...conditionsOf(filter, driver, engine), ...bounds(filter, id, engine)]
  if (after !== undefined) conditions.push({ sql: `${id} < ?`, params: [engine.id(after)] })
  if (also !== undefined) conditions.push(also)
  const t = engine.tables
  const joins = (['mail', 'delivery'] as const)
    .filter((table) => table !== driver)
    .map(
      (table) =>
        `${engine.lookup(t[table], aliases[table])} on ${table === 'mail' ? 'm.id' : 'd.mail_id'} = ${id}`,
    )
  return sql`select ${raw(id)} as id
    from ${t[driver]} ${raw(aliases[driver])} ${raw(joins.join(' '))}
    ${conditions.length > 0 ? sql`where ${join(conditions, ' and ')}` : empty}
    order by ${raw(id)} desc
    limit ${raw(String(Math.trunc(limit)))}`
}

type Driver = 'mail' | 'recipient' | 'tag' | 'delivery'
const aliases = { mail: 'm', recipient: 'r', tag: 't', delivery: 'd' } as const

/** The states of the index `ended`, which has mail that is rare: neither on its way nor sent. */
const common: readonly string[] = ['queued', 'sending', 'sent']
const ended: readonly string[] = states.filter((state) => !common.includes(state))

function driverOf(
  { id, messageId, idempotencyKey, to, tag, subject, unknown, state, tenant, stream }: Filter,
  also?: Sql,
): Driver {
  if (id ?? messageId ?? idempotencyKey) return 'mail'
  if (to !== undefined && !to.startsWith('@')) return 'recipient'
  if (tag !== undefined) return 'tag'
  if (subject !== undefined) return 'mail'
  const asked: readonly string[] = state === undefined ? [] : [state].flat()
  if (
    unknown === true ||
    (state !== undefined && asked.every((one) => one === 'sending' || ended.includes(one)))
  )
    return 'delivery'
  if (tenant ?? stream) return 'mail'
  return asked.includes('sent') || (state === undefined && also === undefined) ? 'mail' : 'delivery'
}

function conditionsOf(filter: Filter, driver: Driver, engine: Engine): Statement[] {
  const found: Statement[] = []
  const also = (sql: string, ...params: Value[]) => found.push({ sql, params })
  if (filter.id !== undefined) {
    const ids = [filter.id].flat()
    also(ids.length > 0 ? `m.id in (${ids.map(() => '?').join(', ')})` : '1 = 0', ...ids.map(engine.id))
  }
  if (filter.messageId !== undefined)
    also(
      'm.message_id in (?, ?)',
      truncateForColumn(filter.messageId, 300),
      truncateForColumn(`<${filter.messageId}>`, 300),
    )
  if (filter.idempotencyKey !== undefined) also('m.idempotency_key = ?', filter.idempotencyKey)
  if (filter.to !== undefined) found.push(toCondition(filter.to, driver, engine))
  if (filter.tag !== undefined)
    driver === 'tag'
      ? also('t.tag = ?', filter.tag)
      : also(`exists (select 1 from ${engine.tables.tag} t where t.mail_id = m.id and t.tag = ?)`, filter.tag)
  if (filter.subject !== undefined)
    also('m.subject_key >= ? and m.subject_key < ?', ...prefixRange(subjectKey(filter.subject)))
  if (filter.state !== undefined) also(stateCondition(filter.state, engine))
  if (filter.unknown !== undefined) also(filter.unknown ? 'd.unknowns > 0' : 'd.unknowns = 0')
  if (filter.tenant !== undefined) also('m.tenant = ?', filter.tenant)
  if (filter.stream !== undefined) also('m.stream = ?', filter.stream)
  if (filter.since !== undefined) also('m.created_at >= ?', instantOf(filter.since))
  if (filter.until !== undefined) also('m.created_at < ?', instantOf(filter.until))
  return found
}

function toCondition(to: string, driver: Driver, engine: Engine): Statement {
  const key = storedKey(to)
  if (driver === 'recipient') return { sql: 'r.address_key = ?', params: [key] }
  const { recipient } = engine.tables
  const exists = (condition: string) =>
    `exists (select 1 from ${recipient} r where r.mail_id = m.id and ${condition})`
  if (!key.startsWith('@')) return { sql: exists('r.address_key = ?'), params: [key] }
  return { sql: exists(`r.address_key like ? escape '!'`), params: [`%${key.replace(/[!%_]/g, '!$&')}`] }
}

/**
 * Literals, and the index's own condition where it may stand, so that the partial indexes are used; the filter was
 * checked.
 */
function stateCondition(state: NonNullable<Filter['state']>, { hasPartialIndexes }: Engine): string {
  const asked: readonly string[] = [state].flat()
  const plain = asked.filter((one) => one !== 'deferred')
  const parts = [
    ...(plain.length === 1 ? [`d.state = '${plain[0]}'`] : []),
    ...(plain.length > 1 ? [`d.state in (${quoted(plain)})`] : []),
    ...(asked.includes('deferred') ? [`d.state = 'queued' and d.attempts > 0`] : []),
  ]
  const condition = parts.length === 1 ? `${parts[0]}` : `(${parts.map((part) => `(${part})`).join(' or ')})`
  // Differs because MySQL has no partial index: its index by worker, which these have none of, gives them in the order
  // of ids.
  if (!hasPartialIndexes)
    return asked.includes('sending') ? condition : `${condition} and d.worker_id is null`
  return asked.every((one) => ended.includes(one))
    ? `${condition} and d.state not in (${quoted(common)})`
    : condition
}

function quoted(states: readonly string[]): string {
  return states.map((one) => `'${one}'`).join(', ')
}

/**
 * Ids grow with time: a bound on them spares walking through what is too old or too new. A day's grace for clocks that
 * differ.
 */
function bounds({ since, until }: Filter, id: string, engine: Engine): Statement[] {
  const grace = 86_400_000
  return [
    ...(since === undefined
      ? []
      : [{ sql: `${id} >= ?`, params: [engine.id(idAt(instantOf(since) - grace))] }]),
    ...(until === undefined
      ? []
      : [{ sql: `${id} < ?`, params: [engine.id(idAt(instantOf(until) + grace))] }]),
  ]
}

/** The smallest UUIDv7 of this instant. */
export function idAt(time: number): string {
  const hex = Math.max(0, Math.trunc(time)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
