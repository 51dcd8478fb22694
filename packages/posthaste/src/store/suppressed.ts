import { tableOf } from './add/rows.ts'
import type { Engine } from './engine.ts'
import { raw, type Sql, type Statement, sql } from './sql.ts'
import type { Steps } from './statement.ts'

/** What an entry is asked for, as SQL. */
export interface Asked {
  readonly stream: Statement
  /** '' for mail without one. */
  readonly tenant: Statement
  readonly now: Statement
}

/**
 * The condition that an entry `s`, found by its key, stops mail. The only one: every question for a suppression is made
 * of it.
 */
export function stops({ stream, tenant, now }: Asked): Sql {
  return sql`s.stream in ('', ${stream}) and s.tenant in ('', ${tenant})
      and (s.expires_at is null or s.expires_at > ${now})`
}

/** The condition that the suppression list has one of these keys. */
export function isSuppressed({ tables }: Engine, keys: Statement, asked: Asked): Sql {
  return sql`exists (select 1 from ${tables.suppression} s where s.address_key in (${keys})
      and ${stops(asked)})`
}

export interface AskedRow {
  readonly stream: string
  readonly tenant: string
  /** Address, domain, hash. */
  readonly keys: readonly string[]
}

/**
 * Which of these the suppression list has. Their keys are made here, for SQLite knows no SHA-256. Most mail has no key
 * that is listed, so the keys alone are looked for first.
 */
export function* suppressedAmong<R extends AskedRow>(
  rows: readonly R[],
  now: number,
  engine: Engine,
): Steps<Set<R>> {
  const known = yield* listedAmong(new Set(rows.flatMap(({ keys }) => keys)), engine)
  const possible = rows.filter(({ keys }) => keys.some((key) => known.has(key)))
  if (possible.length === 0) return new Set()
  const asked = new Map(
    possible.flatMap(({ keys, stream, tenant }) =>
      keys.map((key_text) => [nameOf(key_text, stream, tenant), { key_text, stream, tenant }] as const),
    ),
  )
  const columns = { key_text: 'text', stream: 'text', tenant: 'text' } as const
  // One word each: some apps have names with an underscore turned into others.
  const found = yield sql`select k.key_text as listed, k.stream as stream, k.tenant as tenant
    from ${tableOf(engine, 'k', columns, [...asked.values()])}
    ${engine.lookup(engine.tables.suppression, 's')} on s.address_key = k.key_text
    where ${stops({ stream: raw('k.stream'), tenant: raw('k.tenant'), now: sql`${now}` })}`
  const listed = new Set(
    found.rows.map((row) => nameOf(String(row.listed), String(row.stream), String(row.tenant))),
  )
  return new Set(
    possible.filter(({ keys, stream, tenant }) =>
      keys.some((key) => listed.has(nameOf(key, stream, tenant))),
    ),
  )
}

/** Those of these keys that have an entry at all, whatever mail it is for. */
function* listedAmong(keys: ReadonlySet<string>, engine: Engine): Steps<Set<string>> {
  if (keys.size === 0) return new Set()
  const given = Array.from(keys, (key_text) => ({ key_text }))
  const found = yield sql`select k.key_text as listed
    from ${tableOf(engine, 'k', { key_text: 'text' }, given)}
    ${engine.lookup(engine.tables.suppression, 's')} on s.address_key = k.key_text`
  return new Set(found.rows.map((row) => String(row.listed)))
}

/** Keys and names of streams hold no line break. */
function nameOf(key: string, stream: string, tenant: string): string {
  return `${key}\n${stream}\n${tenant}`
}
