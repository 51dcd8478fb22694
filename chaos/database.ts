import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { startMariadb } from '../packages/posthaste/test/support/databases/mariadb.ts'
import { startPostgres } from '../packages/posthaste/test/support/databases/postgres.ts'
import type { DatabaseKind } from '../packages/posthaste/test/support/databases.ts'

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
  if (kind === 'sqlite') return sqlite()
  return kind === 'postgres' ? postgres() : mariadb()
}

async function sqlite(): Promise<ChaosDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'posthaste-chaos-'))
  return {
    kind: 'sqlite',
    url: `sqlite:${join(dir, 'mail.db')}`,
    close: () => rm(dir, { recursive: true, force: true }),
  }
}

async function postgres(): Promise<ChaosDatabase> {
  const { url, stop, restart } = await startPostgres({ durable: true })
  const ask = async (sql: string) => {
    const client = new Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()
    return client.query(sql).finally(() => client.end())
  }
  await ask('create database chaos')
  const kill = `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'chaos'`
  return {
    kind: 'postgres',
    url: url.replace(/\/postgres$/, '/chaos'),
    killConnections: async () => (await ask(kill)).rowCount ?? 0,
    ...(restart && { restart }),
    close: stop,
  }
}

async function mariadb(): Promise<ChaosDatabase> {
  const { url, stop, restart } = await startMariadb({ durable: true })
  const ask = async (sql: string) => {
    const connection = await createConnection(url)
    const [rows] = await connection.query(sql).finally(() => connection.end())
    return rows as { id: number }[]
  }
  await ask('create database chaos')
  return {
    kind: 'mariadb',
    url: `${url}/chaos`,
    killConnections: async () => {
      const found = await ask("select id from information_schema.processlist where db = 'chaos'")
      for (const { id } of found) await ask(`kill ${Number(id)}`).catch(() => {})
      return found.length
    },
    ...(restart && { restart }),
    close: stop,
  }
}
