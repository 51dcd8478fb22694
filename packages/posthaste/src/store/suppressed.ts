import type { Engine } from './engine.ts'
import { raw, Sql, type Statement, sql } from './sql.ts'
import type { Steps } from './statement.ts'

/** What an entry is asked for, as SQL. */
export interface Asked {
  readonly stream: Statement
  readonly now: Statement
}

/**
 * The condition that an entry `s`, found by its key, stops mail. The only one: every question for a suppression is made
 * of it.
 */
export function stops({ stream, now }: Asked): Sql {
  return sql`s.stream in ('', ${stream}) and (s.expires_at is null or s.expires_at > ${now})`
}

/** The condition that the suppression list has one of these keys. */
export function isSuppressed({ tables }: Engine, keys: Statement, asked: Asked): Sql {
  return sql`exists (select 1 from ${tables.suppression} s where s.address_key in (${keys})
      and ${stops(asked)})`
}

export interface AskedRow {
  readonly stream: string
  /** Address, domain, hash. */
  readonly keys: readonly string[]
}

/** Which of these the suppression list has. Their keys are made here, for SQLite knows no SHA-256. */
export function* suppressedAmong<R extends AskedRow>(
  rows: readonly R[],
  now: number,
  engine: Engine,
): Steps<Set<R>> {
  if (rows.length === 0) return new Set()
  const asked = new Map(
    rows.flatMap(({ keys, stream }) =>
      keys.map((key_text) => [nameOf(key_text, stream), { key_text, stream }] as const),
    ),
  )
  const given = JSON.stringify([...asked.values()])
  const keys = new Sql(engine.jsonRows('k', { key_text: 'text', stream: 'text' }).sql, [given])
  // One word each: some apps have names with an underscore turned into others.
  const found = yield sql`select k.key_text as listed, k.stream as stream
    from ${keys}
    ${engine.lookup(engine.tables.suppression, 's')} on s.address_key = k.key_text
    where ${stops({ stream: raw('k.stream'), now: sql`${now}` })}`
  const listed = new Set(found.rows.map((row) => nameOf(String(row.listed), String(row.stream))))
  return new Set(rows.filter(({ keys, stream }) => keys.some((key) => listed.has(nameOf(key, stream)))))
}

function nameOf(key: string, stream: string): string {
  return `${key} ${stream}`
}
