import type { Database } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'

/** What the database server calls itself. */
export async function serverVersion({ kind, query }: Pick<Database, 'kind' | 'query'>): Promise<string> {
  // Differs because SQLite is no server, and has its version under another name.
  const sql = kind === 'sqlite' ? 'select sqlite_version() as version' : 'select version() as version'
  return String((await query(sql)).rows[0]?.version ?? 'unknown')
}

const oldest = { postgres: [13, 0], mysql: [8, 0], mariadb: [10, 6], sqlite: [3, 35] } as const

/** @throws {PH_DATABASE_VERSION} */
export function refuseOldServer(flavour: Database['flavour'], version: string): void {
  const [major = 0, minor = 0] = (/(\d+)(?:\.(\d+))?/.exec(version) ?? []).slice(1).map(Number)
  const [leastMajor, leastMinor] = oldest[flavour]
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new PosthasteError('PH_DATABASE_VERSION', `it is ${version}`)
}
