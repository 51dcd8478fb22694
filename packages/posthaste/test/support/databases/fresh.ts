import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'

/** An empty database. Dropping it twice does no harm. */
export interface FreshDatabase {
  url: string
  drop(): Promise<void>
}

export async function freshSqlite(): Promise<FreshDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'posthaste-sqlite-'))
  return {
    url: `sqlite:${join(dir, 'mail.db')}`,
    drop: () => rm(dir, { recursive: true, force: true }),
  }
}

export async function freshPostgres(server: string): Promise<FreshDatabase> {
  const name = newName()
  await onPostgres(server, `create database ${name} template template0`)
  return {
    url: withDatabase(server, name),
    drop: () => onPostgres(server, `drop database if exists ${name} with (force)`),
  }
}

/** On MariaDB too. */
export async function freshMysql(server: string): Promise<FreshDatabase> {
  const name = newName()
  await onMysql(server, `create database ${name} character set utf8mb4`)
  return {
    url: withDatabase(server, name),
    drop: () => onMysql(server, `drop database if exists ${name}`),
  }
}

const newName = () => `t_${randomBytes(8).toString('hex')}`

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function onPostgres(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function onMysql(server: string, statement: string): Promise<void> {
  const connection = await createConnection(server)
  try {
    await connection.query(statement)
  } finally {
    await connection.end()
  }
}
