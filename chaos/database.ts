import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { openApp } from '../packages/posthaste/test/support/app-database.ts'
import { endConnections } from '../packages/posthaste/test/support/databases/connections.ts'
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
export async function openChaosDatabase(
  kind: DatabaseKind,
  { rollbackJournal }: { rollbackJournal: boolean },
): Promise<ChaosDatabase> {
  const { url, stop: close, restart } = await startFresh(kind, { durable: true })
  if (rollbackJournal) await (await openApp(kind, url)).close()
  if (kind === 'sqlite') return { kind, url, close }
  const killConnections = () => (kind === 'postgres' ? killOnPostgres(url) : killOnMysql(url))
  return { kind, url, killConnections, ...(restart && { restart }), close }
}

async function killOnPostgres(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const run = async (sql: string) => (await client.query(sql)).rows
  return endConnections('postgres', run).finally(() => client.end())
}

/** On MariaDB too. */
async function killOnMysql(url: string): Promise<number> {
  const connection = await createConnection(url)
  const run = async (sql: string) => (await connection.query(sql))[0] as Record<string, unknown>[]
  return endConnections('mysql', run).finally(() => connection.end())
}
