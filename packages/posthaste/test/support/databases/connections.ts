import type { ServerKind } from './kinds.ts'

export type Run = (sql: string) => Promise<Record<string, unknown>[]>

export interface Connection {
  readonly id: number
  readonly user: string
}

/** Who else is connected to this database. */
export async function otherConnections(kind: ServerKind, run: Run): Promise<Connection[]> {
  if (kind === 'postgres') {
    const find =
      'select pid as id, usename as user from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    return (await run(find)).map(({ id, user }) => ({ id: Number(id), user: String(user) }))
  }
  const [own] = await run('select connection_id() as id, database() as db')
  // Not from information_schema: MySQL fails there where a running statement has bytes among its values.
  return (await run('show processlist'))
    .filter(({ Id, db }) => db === own?.db && Id !== own?.id)
    .map(({ Id, User }) => ({ id: Number(Id), user: String(User) }))
}

/** Ends every other connection to this database, as an operator or a failover would; tells how many there were. */
export async function endConnections(kind: ServerKind, run: Run): Promise<number> {
  const found = await otherConnections(kind, run)
  for (const one of found) await endConnection(kind, run, one)
  return found.length
}

/** One that has ended by itself is no error. */
export async function endConnection(kind: ServerKind, run: Run, { id }: Connection): Promise<void> {
  await run(kind === 'postgres' ? `select pg_terminate_backend(${id})` : `kill ${id}`).catch(() => {})
}
