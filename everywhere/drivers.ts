/** How an app on one driver holds a transaction. */
export interface Driver {
  readonly name: string
  readonly packages: Readonly<Record<string, string>>
  readonly database: 'sqlite' | 'postgres' | 'mariadb'
  /** Declares `database`, which the queue is given, `inTransaction(work)` and `end()`; it has `url`, and `file` of SQLite. */
  readonly code: string
}

/** By the statements that every library of SQLite has. */
const byHand = `
const database = url
async function inTransaction(work) {
  shop.exec('begin')
  try {
    await work(shop)
    shop.exec('commit')
  } catch (error) {
    shop.exec('rollback')
    throw error
  }
}
const end = () => shop.close()`

export const nodeSqlite: Driver = {
  name: 'node:sqlite',
  packages: {},
  database: 'sqlite',
  code: `import { DatabaseSync } from 'node:sqlite'
const shop = new DatabaseSync(file)${byHand}`,
}

export const betterSqlite: Driver = {
  name: 'better-sqlite3',
  packages: { 'better-sqlite3': '13.2.0' },
  database: 'sqlite',
  code: `import Database from 'better-sqlite3'
const shop = new Database(file)${byHand}`,
}

export const pg: Driver = {
  name: 'pg',
  packages: { pg: '8.23.1' },
  database: 'postgres',
  code: `import pg from 'pg'
const database = new pg.Pool({ connectionString: url })
async function inTransaction(work) {
  const client = await database.connect()
  try {
    await client.query('begin')
    await work(client)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
const end = () => database.end()`,
}

export const mysql2: Driver = {
  name: 'mysql2',
  packages: { mysql2: '3.24.6' },
  database: 'mariadb',
  code: `import mysql from 'mysql2/promise'
const database = mysql.createPool(url)
async function inTransaction(work) {
  const connection = await database.getConnection()
  try {
    await connection.beginTransaction()
    await work(connection)
    await connection.commit()
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    connection.release()
  }
}
const end = () => database.end()`,
}

export const postgresJs: Driver = {
  name: 'postgres.js',
  // The queue's own connections are pg's.
  packages: { postgres: '3.4.9', pg: '8.23.1' },
  database: 'postgres',
  code: `import postgres from 'postgres'
const shop = postgres(url, { prepare: false })
const database = url
const inTransaction = (work) => shop.begin(work)
const end = () => shop.end()`,
}
