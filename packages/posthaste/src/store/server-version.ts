import type { Executor } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import type { Engine } from './engine.ts'

/** What the database server calls itself. */
export async function serverVersion({ query }: Executor, { server }: Engine): Promise<string> {
  return String((await query(server.versionSql)).rows[0]?.version ?? 'unknown')
}

/** @throws {PH_DATABASE_VERSION} */
export function refuseOldServer({ server }: Engine, version: string): void {
  const [major = 0, minor = 0] = (/(\d+)(?:\.(\d+))?/.exec(version) ?? []).slice(1).map(Number)
  const [leastMajor, leastMinor] = server.oldest
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new PosthasteError('PH_DATABASE_VERSION', `it is ${version}`)
}
