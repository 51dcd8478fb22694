import type { Engine, JsonColumns } from './engine.ts'
import type { Sql, Text } from './sql.ts'

const columns = { id: 'id', now: 'bigint' } as const satisfies JsonColumns

/**
 * Ids, and a time, as a table `x(id, now)` made of one parameter: the text is the same for one id and for a thousand.
 */
export function givenIds(engine: Engine): Sql {
  return engine.jsonRows('x', columns)
}

/** In their own order, so that all who lock them lock them alike. */
export function idsParam(engine: Engine, ids: Iterable<string>, now = 0): string {
  return JSON.stringify([...new Set(ids)].sort().map((id) => ({ id: engine.jsonId(id), now })))
}

/** `from …` that looks each given id up in a table `d`. */
export function fromGiven(engine: Engine, table: Text, key: string): string {
  return `from ${givenIds(engine)} ${engine.lookup(table, 'd')} on ${matches(engine, key)}`
}

/** The same, locked in the order of the ids. */
export function lockGiven(engine: Engine, { select, table, key, where }: LockGiven): string {
  return `select ${select}
    ${fromGiven(engine, table, key)}
    ${where === undefined ? '' : `where ${where}`}
    ${engine.locks.inOrder(key)}`
}

export interface LockGiven {
  readonly select: Text
  readonly table: Text
  readonly key: string
  readonly where?: Text
}

export function updateGiven(
  engine: Engine,
  { table, key, set, where }: { table: Text; key: string; set: Readonly<Record<string, Text>>; where?: Text },
): string {
  const on = where === undefined ? matches(engine, key) : `${matches(engine, key)} and ${where}`
  return engine.updateFrom({ table, from: givenIds(engine), on, set })
}

export function deleteGiven(engine: Engine, table: Text, key: string): string {
  return engine.deleteFrom({ table, from: givenIds(engine), key, value: engine.fromJsonId('x.id') })
}

function matches(engine: Engine, key: string): string {
  return `d.${key} = ${engine.fromJsonId('x.id')}`
}
