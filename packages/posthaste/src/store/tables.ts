import { raw, type Sql } from './sql.ts'

/** The tables, by the name that queries use; their quoted full names depend on schema or prefix. */
export const tableNames = [
  'migration',
  'meta',
  'mail',
  'body',
  'content',
  'chunk',
  'content_use',
  'recipient',
  'tag',
  'idempotency',
  'delivery',
  'attempt',
  'suppression',
  'worker',
  'pause',
  'transport',
  'refusal',
  'brake',
] as const

export type TableName = (typeof tableNames)[number]

/** Quoted names: `"posthaste"."mail"`, `posthaste_mail`. */
export type Tables = Readonly<Record<TableName, Sql>>

export function namedTables(name: (table: TableName) => string): Tables {
  return Object.fromEntries(tableNames.map((table) => [table, raw(name(table))])) as Record<TableName, Sql>
}
