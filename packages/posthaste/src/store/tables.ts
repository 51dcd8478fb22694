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
] as const

export type TableName = (typeof tableNames)[number]

/** Quoted names for SQL text: `"posthaste"."mail"`, `posthaste_mail`. */
export type Tables = Readonly<Record<TableName, string>>

export function namedTables(name: (table: TableName) => string): Tables {
  return Object.fromEntries(tableNames.map((table) => [table, name(table)])) as Record<TableName, string>
}
