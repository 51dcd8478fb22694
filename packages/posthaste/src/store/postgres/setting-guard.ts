import { PosthasteError } from '../../errors.ts'
import type { GuardSite, SettingGuard, StoreGuard } from '../enqueue-store.ts'
import { serverIdentity } from '../server.ts'
import { type Sql, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'

/**
 * Sets the setting. Without parameters, so that drivers send it as a simple query: there, and only there, a statement
 * that is its own transaction began at the same moment as that.
 *
 * @throws {PH_NO_TRANSACTION} the connection commits by itself
 */
export function* acquireSetting(guard: SettingGuard, { rejectsAfterEnd }: GuardSite): Steps<string> {
  // A number, for the app may read booleans in a way of its own.
  const { rows } = yield* ask(
    `select ${serverIdentity.postgres} as identity,
case when now() = statement_timestamp() then 1 else 0 end as alone,
set_config('${guard.name}', ${tokenSql(guard)}, true) as held`,
  )
  // PGlite's clock, of milliseconds, would prove the wrong thing.
  if (Number(rows[0]?.alone) === 1 && !rejectsAfterEnd) throw new PosthasteError('PH_NO_TRANSACTION')
  return String(rows[0]?.identity)
}

function tokenSql({ token, outer }: SettingGuard): string {
  if (outer?.by !== 'setting') return `'${token}'`
  return `case when current_setting('${outer.name}', true) = '${outer.token}' then '${token}' else '' end`
}

/** True only inside the transaction of the guard; one that is new is set by being asked for. */
export function settingCondition(guard: StoreGuard | undefined): Sql {
  if (guard?.by !== 'setting') return sql`1 = 1`
  const { name, token, isNew, outer } = guard
  if (!isNew) return sql`current_setting(${name}::text, true) = ${token}::text`
  const set = sql`set_config(${name}::text, ${token}::text, true) is not null`
  return outer ? sql`${settingCondition(outer)} and ${set}` : set
}
