import type { Executor, Value } from '../../connections/database.ts'
import { type Filter, instantOf } from '../../filter.ts'
import { addressKey, shown, subjectKey } from '../add/rows.ts'
import type { Dialect } from '../dialect.ts'
import type { Statement } from '../statement.ts'
import { prefixRange } from '../suppressions.ts'
import { idAt } from './id-at.ts'

export interface Matching {
  readonly limit: number
  /** Ids smaller than this one. */
  readonly after?: string | undefined
  /** A further condition on the delivery `d`. */
  readonly also?: string
}

/** Ids of the mails that match, newest first. */
export async function matchingIds(
  executor: Executor,
  { filter, dialect }: { filter: Filter; dialect: Dialect },
  matching: Matching,
): Promise<string[]> {
  const { sql, params } = matchingSql(filter, matching, dialect)
  const { rows } = await executor.query(sql, params)
  return rows.map(({ id }) => dialect.readId(id))
}

/**
 * One table drives: the one whose index gives the mails of the narrowest key, in the order of their ids. The others are looked up
 * by id, so that no planner can choose to walk through every mail in search of a rare one.
 */
export function matchingSql(filter: Filter, { limit, after, also }: Matching, dialect: Dialect): Statement {
  const driver = driverOf(filter, also)
  const id = driver === 'mail' ? 'm.id' : `${aliases[driver]}.mail_id`
  const conditions = [...conditionsOf(filter, driver, dialect), ...bounds(filter, id, dialect)]
  if (after !== undefined) conditions.push({ sql: `${id} < ?`, params: [dialect.id(after)] })
  if (also !== undefined) conditions.push({ sql: also, params: [] })
  const t = dialect.tables
  const joins = (['mail', 'delivery'] as const)
    .filter((table) => table !== driver)
    .map(
      (table) =>
        `${dialect.lookup(t[table], aliases[table])} on ${table === 'mail' ? 'm.id' : 'd.mail_id'} = ${id}`,
    )
  return {
    sql: `select ${id} as id from ${t[driver]} ${aliases[driver]} ${joins.join(' ')}
      ${conditions.length > 0 ? `where ${conditions.map(({ sql }) => sql).join(' and ')}` : ''} order by ${id} desc limit ${Math.trunc(limit)}`,
    params: conditions.flatMap(({ params }) => params),
  }
}

type Driver = 'mail' | 'recipient' | 'tag' | 'delivery'
const aliases = { mail: 'm', recipient: 'r', tag: 't', delivery: 'd' } as const

function driverOf(filter: Filter, also: string | undefined): Driver {
  if (filter.id ?? filter.messageId ?? filter.idempotencyKey) return 'mail'
  if (filter.to !== undefined && !filter.to.startsWith('@')) return 'recipient'
  if (filter.tag !== undefined) return 'tag'
  if (filter.subject !== undefined) return 'mail'
  if (filter.unknown === true || (filter.state !== undefined && ![filter.state].flat().includes('sent')))
    return 'delivery'
  if (filter.tenant ?? filter.stream) return 'mail'
  return also !== undefined && filter.state === undefined ? 'delivery' : 'mail'
}

function conditionsOf(filter: Filter, driver: Driver, dialect: Dialect): Statement[] {
  const found: Statement[] = []
  const also = (sql: string, ...params: Value[]) => found.push({ sql, params })
  if (filter.id !== undefined) {
    const ids = [filter.id].flat()
    also(ids.length > 0 ? `m.id in (${ids.map(() => '?').join(', ')})` : '1 = 0', ...ids.map(dialect.id))
  }
  if (filter.messageId !== undefined)
    also('m.message_id in (?, ?)', shown(filter.messageId, 300), shown(`<${filter.messageId}>`, 300))
  if (filter.idempotencyKey !== undefined) also('m.idempotency_key = ?', filter.idempotencyKey)
  if (filter.to !== undefined) found.push(toCondition(filter.to, driver, dialect))
  if (filter.tag !== undefined)
    driver === 'tag'
      ? also('t.tag = ?', filter.tag)
      : also(
          `exists (select 1 from ${dialect.tables.tag} t where t.mail_id = m.id and t.tag = ?)`,
          filter.tag,
        )
  if (filter.subject !== undefined)
    also('m.subject_key >= ? and m.subject_key < ?', ...prefixRange(subjectKey(filter.subject)))
  if (filter.state !== undefined) also(stateCondition(filter.state, dialect))
  if (filter.unknown !== undefined) also(filter.unknown ? 'd.unknowns > 0' : 'd.unknowns = 0')
  if (filter.tenant !== undefined) also('m.tenant = ?', filter.tenant)
  if (filter.stream !== undefined) also('m.stream = ?', filter.stream)
  if (filter.since !== undefined) also('m.created_at >= ?', instantOf(filter.since))
  if (filter.until !== undefined) also('m.created_at < ?', instantOf(filter.until))
  return found
}

function toCondition(to: string, driver: Driver, dialect: Dialect): Statement {
  const key = addressKey(to)
  if (driver === 'recipient') return { sql: 'r.address_key = ?', params: [key] }
  const { recipient } = dialect.tables
  const exists = (condition: string) =>
    `exists (select 1 from ${recipient} r where r.mail_id = m.id and ${condition})`
  if (!key.startsWith('@')) return { sql: exists('r.address_key = ?'), params: [key] }
  return { sql: exists(`r.address_key like ? escape '!'`), params: [`%${key.replace(/[!%_]/g, '!$&')}`] }
}

/** Literals, so that the partial indexes are used; the filter was checked. */
function stateCondition(state: NonNullable<Filter['state']>, dialect: Dialect): string {
  const asked = [state].flat()
  const plain = asked.filter((one) => one !== 'deferred').map((one) => `'${one}'`)
  const parts = [
    ...(plain.length > 0 ? [`d.state in (${plain.join(', ')})${unclaimed(asked, dialect)}`] : []),
    ...(asked.includes('deferred') ? [`d.state = 'queued' and d.attempts > 0`] : []),
  ]
  return parts.length === 1 ? `${parts[0]}` : `(${parts.map((part) => `(${part})`).join(' or ')})`
}

/** Differs because MySQL has no partial index over the ended states: its index by worker, which those have none of, gives them by id. */
function unclaimed(asked: readonly string[], { kind }: Dialect): string {
  return kind === 'mysql' && !asked.includes('sending') ? ' and d.worker_id is null' : ''
}

/** Ids grow with time: a bound on them spares walking through what is too old or too new. A day's grace for clocks that differ. */
function bounds({ since, until }: Filter, id: string, dialect: Dialect): Statement[] {
  const grace = 86_400_000
  return [
    ...(since === undefined
      ? []
      : [{ sql: `${id} >= ?`, params: [dialect.id(idAt(instantOf(since) - grace))] }]),
    ...(until === undefined
      ? []
      : [{ sql: `${id} < ?`, params: [dialect.id(idAt(instantOf(until) + grace))] }]),
  ]
}
