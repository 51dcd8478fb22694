import type { Executor } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { errorText } from '../foreign.ts'
import type { Engine } from './engine.ts'
import { run } from './sql.ts'

/** What the database server calls itself. @throws {PH_DATABASE_VERSION} its encoding is not Unicode */
export async function serverVersion({ query }: Executor, { server }: Engine): Promise<string> {
  const { rows } = await query(server.versionSql)
  const { version, encoding } = rows[0] ?? {}
  // Letters that it lacks would be refused mail by mail, or stored as bytes that mean nothing.
  if (typeof encoding === 'string' && encoding !== 'UTF8')
    throw new PosthasteError('PH_DATABASE_VERSION', `its encoding is ${encoding}`)
  return String(version ?? 'unknown')
}

/** @throws {PH_DATABASE_VERSION} */
export function refuseOldServer({ server }: Engine, version: string): void {
  const [major = 0, minor = 0] = (/(\d+)(?:\.(\d+))?/.exec(version) ?? []).slice(1).map(Number)
  const [leastMajor, leastMinor] = server.oldest
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new PosthasteError('PH_DATABASE_VERSION', `it is ${version}`)
}

/** Why the database takes no writes: it is read-only, a copy, or this user may not. Undefined where it does. */
export async function whyUnwritable(executor: Executor, engine: Engine): Promise<string | undefined> {
  if (engine.writeProbeSql === undefined) return undefined
  try {
    await run(executor, engine.writeProbeSql)
    return undefined
  } catch (error) {
    return errorText(error)
  }
}

/** The server's time in milliseconds since 1970. */
export const nowSql = {
  postgres: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
  mysql: 'cast(unix_timestamp(sysdate(3)) * 1000 as signed)',
  sqlite: "cast(strftime('%s', 'now') as integer) * 1000",
}

/** What a connection asks of its server. */
export const serverSql = {
  postgres: {
    now: `select ${nowSql.postgres}::text as now`,
    process: 'select pg_backend_pid() as pid',
  },
  mysql: {
    now: `select ${nowSql.mysql} as now`,
    kind: 'select version() as version, database() as name',
  },
}

/**
 * As SQL, which server (PostgreSQL: and which database of it) this is; the same from every connection to it, whatever
 * its settings.
 */
export const serverIdentity = {
  postgres: "current_database() || '/' || extract(epoch from pg_postmaster_start_time())",
  mysql: "concat(@@hostname, '/', @@port)",
}

export const identitySql = `select ${serverIdentity.postgres} as identity`
