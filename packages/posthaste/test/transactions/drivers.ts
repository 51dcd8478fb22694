import BetterSqlite from 'better-sqlite3'
import { type Connection as CallbackConnection, createConnection } from 'mysql2'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { begun, type Library, type LibraryByDatabase } from './library.ts'

/** What talks to a database itself. node:sqlite is apart: a process opens a file with one SQLite only. */
export const drivers: readonly LibraryByDatabase[] = [
  {
    name: 'pg',
    databases: {
      async postgres(url) {
        const pool = new pg.Pool({ connectionString: url, max: 4 })
        return {
          outside: pool,
          async transaction(work) {
            const client = await pool.connect()
            return begun(client, work, (text) => client.query(text)).finally(() => client.release())
          },
          run: (tx, text) => (tx as pg.PoolClient).query(text),
          close: () => pool.end(),
        }
      },
    },
  },
  {
    name: 'postgres.js',
    databases: {
      async postgres(url) {
        const sql = postgres(url, { max: 4, onnotice: () => {} })
        return {
          outside: sql,
          losesLate: true,
          transaction: async <T>(work: (tx: object) => Promise<T>) =>
            (await sql.begin((tx) => work(tx))) as T,
          nested: (tx, work) => (tx as postgres.TransactionSql).savepoint((inner) => work(inner)),
          run: (tx, text) => (tx as postgres.TransactionSql).unsafe(text),
          close: () => sql.end(),
        }
      },
    },
  },
  {
    name: 'mysql2',
    databases: {
      async mysql(url) {
        const pool = createPool(url)
        return {
          outside: pool,
          async transaction(work) {
            const connection = await pool.getConnection()
            return begun(connection, work, (text) => connection.query(text)).finally(() =>
              connection.release(),
            )
          },
          run: (tx, text) => (tx as { query(sql: string): Promise<unknown> }).query(text),
          close: () => pool.end(),
        }
      },
    },
  },
  { name: 'mysql2 with callbacks', databases: { mysql: async (url) => mysqlCallbacks(url) } },
  {
    name: 'better-sqlite3',
    databases: {
      async sqlite(url) {
        const database = new BetterSqlite(url.slice('sqlite:'.length), { timeout: 60_000 })
        return {
          outside: database,
          transaction: (work) =>
            begun(database, work, async (text) => database.exec(text), 'begin immediate'),
          run: async (_, text) => {
            const statement = database.prepare(text)
            return statement.reader ? statement.all() : statement.run()
          },
          close: async () => void database.close(),
        }
      },
    },
  },
]

function mysqlCallbacks(url: string): Library {
  const connection = createConnection(url)
  const run = (text: string) =>
    new Promise<unknown>((done, failed) =>
      connection.query(text, (error, rows) => (error ? failed(error) : done(rows))),
    )
  return {
    outside: connection,
    transaction: (work) => begun(connection as CallbackConnection, work, run),
    run: (_, text) => run(text),
    close: () => new Promise((done) => connection.end(() => done())),
  }
}
