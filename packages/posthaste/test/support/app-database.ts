import { DatabaseSync } from 'node:sqlite'
import type BetterSqlite from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { type DatabaseKind, type EngineName, engineOf } from './databases/kinds.ts'

/** The app's own connection, with a table of orders, in the words that every driver shares. */
export interface AppDatabase {
  /** What enqueueIn gets. */
  readonly tx: object
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  run(sql: string): Promise<Record<string, unknown>[]>
  order(id: string): Promise<void>
  orders(): Promise<string[]>
  close(): Promise<void>
}

export async function openApp(kind: DatabaseKind, url: string): Promise<AppDatabase> {
  return withOrders(kind, await drivers[engineOf(kind)](url))
}

/** The same for an app that uses better-sqlite3: one process must not open a file with two copies of SQLite. */
export async function openBetterSqliteApp(url: string): Promise<AppDatabase> {
  const { default: Database } = await import('better-sqlite3')
  return withOrders('sqlite', sqlite(new Database(url.slice('sqlite:'.length), { timeout: 60_000 })))
}

async function withOrders(kind: DatabaseKind, { tx, run, close }: Driver): Promise<AppDatabase> {
  await run('create table if not exists app_order (id varchar(60) primary key)')
  return {
    tx,
    run,
    close,
    begin: async () => void (await run(kind === 'sqlite' ? 'begin immediate' : 'begin')),
    commit: async () => void (await run('commit')),
    rollback: async () => void (await run('rollback')),
    order: async (id) => void (await run(`insert into app_order values ('${id}')`)),
    orders: async () => (await run('select id from app_order order by id')).map((row) => String(row.id)),
  }
}

interface Driver {
  readonly tx: object
  run(sql: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

const drivers: Record<EngineName, (url: string) => Promise<Driver>> = {
  sqlite: async (url) => sqlite(new DatabaseSync(url.slice('sqlite:'.length), { timeout: 60_000 })),
  async postgres(url) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return { tx: client, run: async (sql) => (await client.query(sql)).rows, close: () => client.end() }
  },
  async mysql(url) {
    const connection = await createConnection(url)
    const run = async (sql: string) => {
      const [rows] = await connection.query(sql)
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : []
    }
    return { tx: connection, run, close: () => connection.end() }
  },
}

function sqlite(database: DatabaseSync | BetterSqlite.Database): Driver {
  const run = async (sql: string) => {
    const statement = database.prepare(sql)
    if (!('reader' in statement) || statement.reader) return statement.all() as Record<string, unknown>[]
    statement.run()
    return []
  }
  return { tx: database, run, close: async () => void database.close() }
}
