import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import type { DatabaseKind } from '../packages/posthaste/test/support/databases/kinds.ts'
import { startFresh } from '../packages/posthaste/test/support/databases/start.ts'

export interface ChaosDatabase {
  readonly kind: DatabaseKind
  readonly url: string
  /** Ends every connection; tells how many there were. */
  killConnections?(): Promise<number>
  restart?(): Promise<void>
  close(): Promise<void>
}

/** A database whose commits survive the death of its server. */
export async function openChaosDatabase(kind: DatabaseKind): Promise<ChaosDatabase> {
  const { url, stop: close, restart } = await startFresh(kind, { durable: true })
  if (kind === 'sqlite') return { kind, url, close }
  const killConnections = () => (kind === 'postgres' ? killOnPostgres(url) : killOnMysql(url))
  return { kind, url, killConnections, ...(restart && { restart }), close }
}

async function killOnPostgres(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const kill =
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
  return client
    .query(kill)
    .then(({ rowCount }) => rowCount ?? 0)
    .finally(() => client.end())
}

/** On MariaDB too. */
async function killOnMysql(url: string): Promise<number> {
  const connection = await createConnection(url)
  const find =
    'select id as id from information_schema.processlist where db = database() and id <> connection_id()'
  const [found] = await connection.query(find)
  for (const { id } of found as { id: number }[]) await connection.query(`kill ${Number(id)}`).catch(() => {})
  await connection.end()
  return (found as unknown[]).length
}
