import type { Executor, Value } from '../../src/connections/database.ts'
import type { EngineName } from './databases.ts'

/** What a person may write into a column, and no code of ours does. */
export const garbage: readonly Value[] = [
  '9007199254740994',
  '9223372036854775807',
  '2147483647',
  '-1',
  '0',
  '',
  'xyzzy',
  '{"broken',
  '[1,[2],{}]',
  '"text"',
  null,
  Buffer.from([0, 255, 1]),
]

export interface Edit {
  readonly table: string
  readonly column: string
  readonly value: Value
}

/** Every value in every column, shuffled. */
export function everyEdit(tables: ReadonlyMap<string, readonly string[]>, random: () => number): Edit[] {
  const edits = [...tables].flatMap(([table, columns]) =>
    columns.flatMap((column) => garbage.map((value) => ({ table, column, value }))),
  )
  return edits
    .map((edit) => ({ edit, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ edit }) => edit)
}

/** Edits the rows of a mail, or all of a table that has none; false where the database does not take it. */
export async function editRows(
  executor: Executor,
  { table, column, value }: Edit,
  { id, key, engine }: { id: Value; key: string | undefined; engine: EngineName },
): Promise<boolean> {
  const quoted = engine === 'mysql' ? `\`${column}\`` : `"${column}"`
  const where = key === undefined ? '' : ` where ${key} = ?`
  try {
    await executor.query(
      `update ${table} set ${quoted} = ?${where}`,
      key === undefined ? [value] : [value, id],
    )
    return true
  } catch {
    return false
  }
}

export function shown({ table, column, value }: Edit): string {
  return `${table}.${column} = ${value instanceof Uint8Array ? 'bytes' : JSON.stringify(value)}`
}
