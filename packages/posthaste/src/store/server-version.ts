import type { Database } from '../connections/database.ts'

/** What the database server calls itself. */
export async function serverVersion({ kind, query }: Pick<Database, 'kind' | 'query'>): Promise<string> {
  // Differs because SQLite is no server, and has its version under another name.
  const sql = kind === 'sqlite' ? 'select sqlite_version() as version' : 'select version() as version'
  return String((await query(sql)).rows[0]?.version ?? 'unknown')
}
