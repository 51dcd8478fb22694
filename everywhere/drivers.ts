/** How an app on one driver holds a transaction. */
export interface Driver {
  readonly name: string
  readonly packages: Readonly<Record<string, string>>
  readonly database: 'sqlite' | 'postgres' | 'mariadb'
  /** Declares `database`, which the queue is given, `inTransaction(work)` and `end()`; it has `url`, and `file` of SQLite. */
  readonly code: string
  /** Its transactions are synchronous: the mail is prepared before. */
  readonly isSync?: true
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

const clientOfPool = `
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
const end = () => database.end()`

export const pg: Driver = {
  name: 'pg',
  packages: { pg: '8.23.1' },
  database: 'postgres',
  code: `import pg from 'pg'
const database = new pg.Pool({ connectionString: url })${clientOfPool}`,
}

/** Neon's drivers speak PostgreSQL's protocol through a websocket: this end of it leads to the server. */
const throughWebsocket = `
import { connect } from 'node:net'
import { createWebSocketStream, WebSocketServer } from 'ws'
const server = new URL(url)
const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
sockets.on('connection', (socket) => {
  const [web, tcp] = [createWebSocketStream(socket), connect(server.port, server.hostname)]
  web.pipe(tcp).pipe(web)
  for (const stream of [web, tcp]) stream.on('error', () => {})
})
await new Promise((resolve) => sockets.once('listening', resolve))
neonConfig.wsProxy = () => '127.0.0.1:' + sockets.address().port
neonConfig.useSecureWebSocket = false
neonConfig.pipelineTLS = false
neonConfig.pipelineConnect = false`

const closingSockets = clientOfPool.replace('database.end()', 'database.end().finally(() => sockets.close())')

export const neonPool: Driver = {
  name: '@neondatabase/serverless, its Pool',
  packages: { '@neondatabase/serverless': '1.2.0', ws: '8.23.0' },
  database: 'postgres',
  code: `import { neonConfig, Pool } from '@neondatabase/serverless'${throughWebsocket}
const database = new Pool({ connectionString: url })${closingSockets}`,
}

export const vercelPool: Driver = {
  name: '@vercel/postgres, its pool',
  packages: { '@vercel/postgres': '0.10.0', ws: '8.23.0' },
  database: 'postgres',
  code: `import { createPool } from '@vercel/postgres'
import { neonConfig } from '@neondatabase/serverless'${throughWebsocket}
// It takes the URL of a pooler only, and leaves the way there to Neon's driver.
const database = createPool({ connectionString: url.replace('127.0.0.1', 'shop-pooler.localhost') })${closingSockets}`,
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

/** In Bun only. */
export const bunSqlite: Driver = {
  name: 'bun:sqlite',
  packages: {},
  database: 'sqlite',
  code: `import { Database } from 'bun:sqlite'
const shop = new Database(file)${byHand}`,
}

export const libsql: Driver = {
  name: 'libsql',
  packages: { libsql: '0.5.29' },
  database: 'sqlite',
  code: `import Database from 'libsql'
const shop = new Database(file)${byHand}`,
}

/** The handle itself, of which the queue takes the library and the file. */
export function byHandle(driver: Driver): Driver {
  return {
    ...driver,
    name: `${driver.name} by its handle`,
    code: driver.code.replace('const database = url', 'const database = shop'),
  }
}

function bunSql(database: Driver['database'], beside: Driver): Driver {
  return {
    name: `Bun.sql on ${database}`,
    packages: beside.packages,
    database,
    code: `const shop = new Bun.SQL(url.replace('sqlite:', 'sqlite://'))
const database = url
const inTransaction = (work) => shop.begin(work)
const end = () => shop.close()`,
  }
}

/** In Bun only; the queue's own connections are of the driver beside it. */
export const bunSqls = [
  bunSql('postgres', pg),
  bunSql('mariadb', mysql2),
  bunSql('sqlite', nodeSqlite),
] as const

export const libsqlClient: Driver = {
  name: '@libsql/client',
  packages: { '@libsql/client': '0.18.0' },
  database: 'sqlite',
  code: `import { createClient } from '@libsql/client'
const shop = createClient({ url: 'file:' + file })
const database = url
async function inTransaction(work) {
  const tx = await shop.transaction('write')
  try {
    await work(tx)
    await tx.commit()
  } finally {
    tx.close()
  }
}
const end = () => shop.close()`,
}

const syncDrizzles = new Set(['better-sqlite3', 'bun-sqlite'])

/** Drizzle on a driver whose own cell has shown that it connects. */
export function drizzleOn(name: string, { packages, database, code }: Driver): Driver {
  return {
    ...(syncDrizzles.has(name) && { isSync: true }),
    name: `Drizzle on ${name}`,
    packages: { ...packages, 'drizzle-orm': '0.45.4' },
    database,
    code: `import { drizzle } from 'drizzle-orm/${name}'
${code.replaceAll('inTransaction', 'byHand')}
const drizzled = drizzle(${code.includes('const shop') ? 'shop' : 'database'})
const inTransaction = (work) => drizzled.transaction(work)`,
  }
}
