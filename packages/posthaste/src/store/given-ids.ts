import type { Dialect, JsonColumns } from './dialect.ts'

const columns = { id: 'id', now: 'bigint' } as const satisfies JsonColumns

/** Ids, and a time, as a table `x(id, now)` made of one parameter: the text is the same for one id and for a thousand. */
export function givenIds(dialect: Dialect): string {
  return dialect.jsonRows('x', columns)
}

/** In their own order, so that all who lock them lock them alike. */
export function idsParam(dialect: Dialect, ids: Iterable<string>, now = 0): string {
  return JSON.stringify([...new Set(ids)].sort().map((id) => ({ id: dialect.jsonId(id), now })))
}

/** `from …` that looks each given id up in a table `d`. */
export function fromGiven(dialect: Dialect, table: string, key: string): string {
  return `from ${givenIds(dialect)} ${dialect.lookup(table, 'd')} on ${matches(dialect, key)}`
}

/** The same, locked in the order of the ids. PostgreSQL alone would lock the other tables of the join too, and needs the order said. */
export function lockGiven(dialect: Dialect, { select, table, key, where }: LockGiven): string {
  const end = dialect.kind === 'postgres' ? ` order by d.${key} for update of d` : dialect.forUpdate
  return `select ${select} ${fromGiven(dialect, table, key)}${where === undefined ? '' : ` where ${where}`}${end}`
}

export interface LockGiven {
  readonly select: string
  readonly table: string
  readonly key: string
  readonly where?: string
}

export function updateGiven(
  dialect: Dialect,
  {
    table,
    key,
    set,
    where,
  }: { table: string; key: string; set: Readonly<Record<string, string>>; where?: string },
): string {
  const on = where === undefined ? matches(dialect, key) : `${matches(dialect, key)} and ${where}`
  return dialect.updateFrom({ table, from: givenIds(dialect), on, set })
}

export function deleteGiven(dialect: Dialect, table: string, key: string): string {
  return dialect.deleteFrom({ table, from: givenIds(dialect), key, value: dialect.fromJsonId('x.id') })
}

function matches(dialect: Dialect, key: string): string {
  return `d.${key} = ${dialect.fromJsonId('x.id')}`
}
