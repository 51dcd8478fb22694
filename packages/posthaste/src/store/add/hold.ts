import { places } from '../../connections/place.ts'
import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import type { Statement } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'

/**
 * Stands for the transaction that the caller meant: its first statement is sent before anything is awaited, and what comes later is stored
 * only where it still holds. So a forgotten `await` never puts mail into whatever the connection does next.
 */
export type Hold =
  /** Nothing can come between: the queue's own transaction, or one statement on a connection that is known to be inside one. */
  | { readonly by: 'nothing' }
  /** PostgreSQL: a setting that ends with the transaction, and with a savepoint that is rolled back. */
  | SettingHold
  /** MySQL and SQLite: the mail rows themselves, which nobody can claim yet. */
  | { readonly by: 'mails' }
  /** The same for a call of many mails: a row of its own. */
  | { readonly by: 'row'; readonly token: string }

export interface SettingHold {
  readonly by: 'setting'
  readonly name: string
  readonly token: string
  /** It is set by the very statement that stores: the driver knows the transaction. */
  readonly isNew?: true
  /** It is taken only where that one still holds. */
  readonly inside?: SettingHold | undefined
}

export const noHold: Hold = { by: 'nothing' }

/** Which server this is. */
export function* placeOf(kind: Engine['kind']): Steps<string> {
  if (kind === 'sqlite') return ''
  const { rows } = yield* ask(`select ${places[kind]} as place`)
  return String(rows[0]?.place)
}

/**
 * Sets the setting, and tells which database this is. Without parameters, so that drivers send it as a simple query: there, and only there, a
 * statement that is its own transaction began at the same moment as that.
 *
 * @throws {PH_NO_TRANSACTION} the connection commits by itself
 */
export function* holdBySetting({ name, token, inside }: SettingHold, isBound?: true): Steps<string> {
  const value = inside
    ? `case when current_setting('${inside.name}', true) = '${inside.token}' then '${token}' else '' end`
    : `'${token}'`
  // A number, for the app may read booleans in a way of its own.
  const { rows } = yield* ask(
    `select ${places.postgres} as place, case when now() = statement_timestamp() then 1 else 0 end as alone, set_config('${name}', ${value}, true) as held`,
  )
  // What is bound to its transaction needs no proof, and PGlite's clock, of milliseconds, would give a wrong one.
  if (Number(rows[0]?.alone) === 1 && !isBound) throw new PosthasteError('PH_NO_TRANSACTION')
  return String(rows[0]?.place)
}

/** A condition, with parameters, that is true only inside the transaction that is held. */
export function stillHeld(hold: Hold, engine: Engine): Statement {
  if (hold.by === 'setting') return stillSet(hold)
  if (hold.by === 'row')
    return {
      sql: `exists (select 1 from ${engine.tables.meta} h where h.name = ?)`,
      params: [rowName(hold.token)],
    }
  return { sql: '1 = 1', params: [] }
}

function stillSet({ name, token, isNew, inside }: SettingHold): Statement {
  if (!isNew) return { sql: 'current_setting(?::text, true) = ?::text', params: [name, token] }
  const still = inside && stillSet(inside)
  return {
    sql: `${still ? `${still.sql} and ` : ''}set_config(?::text, ?::text, true) is not null`,
    params: [...(still?.params ?? []), name, token],
  }
}

/** Only inside a transaction, and only on the server that the queue is on. */
export function here(engine: Engine, place: string): Statement {
  if (engine.kind !== 'mysql') return { sql: '1 = 1', params: [] }
  // Differs because MySQL itself cannot tell: there the driver's answer does.
  const inside = engine.tellsTransaction ? ' and (@@in_transaction = 1 or @@autocommit = 0)' : ''
  return { sql: `${places.mysql} = ?${inside}`, params: [place] }
}

export function* insertHold(token: string, where: Statement, engine: Engine): Steps<void> {
  const { affected, open } = yield* ask(
    `insert into ${engine.tables.meta} (name, value) select g.name, '' from ${engine.jsonRows('g', { name: 'text' })} where ${where.sql}`,
    [JSON.stringify([{ name: rowName(token) }]), ...where.params],
  )
  if (open === false) yield* deleteHold(token, engine)
  if (open === false || affected === 0) yield* refuse(where, engine)
}

export function* deleteHold(token: string, engine: Engine): Steps<void> {
  yield { sql: `delete from ${engine.tables.meta} where name = ?`, params: [rowName(token)] }
}

/** @throws {PH_WRONG_DATABASE} {PH_NO_TRANSACTION} whichever it was */
export function* refuse({ params }: Statement, { kind }: Engine): Steps<never> {
  const place = yield* placeOf(kind)
  const expected = params[0]
  if (kind === 'mysql' && typeof expected === 'string' && place !== expected)
    throw new PosthasteError('PH_WRONG_DATABASE', `it is on ${place}, the queue on ${expected}`)
  throw new PosthasteError('PH_NO_TRANSACTION')
}

/** Asked on the queue's own connection: does everybody see what only that transaction could? */
export function* isCommitted(hold: Hold, mailId: string | undefined, engine: Engine): Steps<boolean> {
  const { mail, meta } = engine.tables
  if (hold.by === 'row')
    return seen(yield* ask(`select 1 as held from ${meta} where name = ?`, [rowName(hold.token)]))
  if (hold.by !== 'mails' || mailId === undefined) return false
  return seen(yield* ask(`select 1 as held from ${mail} where id = ?`, [engine.id(mailId)]))
}

function seen({ rows }: { rows: readonly unknown[] }): boolean {
  return rows.length > 0
}

function rowName(token: string): string {
  return `hold ${token}`
}
