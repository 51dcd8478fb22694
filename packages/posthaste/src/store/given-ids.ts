import type { Dialect } from './dialect.ts'

/** Ids as a table `x(id)` made of one parameter: the text is the same for one id and for a thousand. */
export function givenIds(dialect: Dialect): string {
  return dialect.jsonRows('x', { id: 'id' })
}

export function idsParam(dialect: Dialect, ids: Iterable<string>): string {
  return JSON.stringify([...new Set(ids)].sort().map((id) => ({ id: dialect.jsonId(id) })))
}

/** Ids for `where … in (…)`. */
export function inGiven(dialect: Dialect, column: string): string {
  return `${column} in (select ${dialect.fromJsonId('x.id')} from ${givenIds(dialect)})`
}
