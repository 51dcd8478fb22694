import { type FreshDatabase, freshMysql, freshPostgres, freshSqlite } from './fresh.ts'
import type { DatabaseKind, ServerKind } from './kinds.ts'
import { startMariadb } from './mariadb.ts'
import { startMysql } from './mysql.ts'
import { startPostgres } from './postgres.ts'
import type { DatabaseServer, ServerOptions } from './server.ts'

export const starters: Readonly<Record<ServerKind, (options?: ServerOptions) => Promise<DatabaseServer>>> = {
  postgres: startPostgres,
  mariadb: startMariadb,
  mysql: startMysql,
}

/** An empty database on this server. */
export function freshOn(kind: ServerKind, server: string): Promise<FreshDatabase> {
  return kind === 'postgres' ? freshPostgres(server) : freshMysql(server)
}

/** For what runs outside Vitest: an empty database with a server of its own, both gone at the end. */
export async function startFresh(kind: DatabaseKind, options?: ServerOptions): Promise<DatabaseServer> {
  if (kind === 'sqlite') {
    const { url, drop } = await freshSqlite()
    return { url, stop: drop }
  }
  const server = await starters[kind](options)
  try {
    const { url, drop } = await freshOn(kind, server.url)
    return { ...server, url, stop: () => drop().finally(server.stop) }
  } catch (error) {
    await server.stop()
    throw error
  }
}
