import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { createTransport } from 'nodemailer'
import { Client } from 'pg'
import { startMariadb } from '../packages/posthaste/test/support/databases/mariadb.ts'
import { startPostgres } from '../packages/posthaste/test/support/databases/postgres.ts'

export interface Sink {
  readonly url: string
  readonly port: number
  count(): Promise<number>
  /** When the next mail is accepted, in milliseconds since 1970. */
  next(): Promise<number>
  close(): void
}

export async function startSink(): Promise<Sink> {
  const child = fork(new URL('sink.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [{ port }] = await once(child, 'message')
  return {
    port,
    url: `smtp://127.0.0.1:${port}?ignoreTLS=true`,
    count: async () => ((await ask(child, { ask: 'count' })) as { count: number }).count,
    next: async () => ((await ask(child, { ask: 'next' })) as { at: number }).at,
    close: () => child.disconnect(),
  }
}

/** An exact count: more than were due is a duplicate, and fewer a loss. */
export async function counted(sink: Sink, expected: number): Promise<void> {
  const count = await sink.count()
  if (count !== expected) throw new Error(`the sink counted ${count}, not ${expected}`)
}

/** Nodemailer's own pool, as somebody makes it who sends much to one server. */
export function pool(sink: Sink, connections: number) {
  return createTransport({
    host: '127.0.0.1',
    port: sink.port,
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    ignoreTLS: true,
  })
}

async function ask(child: ChildProcess, message: object): Promise<unknown> {
  const answer = once(child, 'message')
  child.send(message)
  return (await answer)[0]
}

export type Kind = 'postgres' | 'mariadb' | 'sqlite'

export interface Servers {
  /** An empty database of this kind, with durable commits. */
  fresh(kind: Kind): Promise<string>
  stop(): Promise<void>
}

/** Throwaway servers with durable commits, each started when it is first needed. */
export function servers(): Servers {
  const running = new Map<Kind, Promise<{ url: string; stop(): Promise<void> }>>()
  const folders: string[] = []
  let made = 0
  const start = (kind: 'postgres' | 'mariadb') => {
    const server =
      running.get(kind) ??
      (kind === 'postgres' ? startPostgres({ durable: true }) : startMariadb({ durable: true }))
    running.set(kind, server)
    return server
  }
  return {
    async fresh(kind) {
      const name = `bench_${process.pid}_${++made}`
      if (kind === 'sqlite') {
        const folder = await mkdtemp(join(tmpdir(), 'posthaste-bench-'))
        folders.push(folder)
        return `sqlite:${join(folder, 'mail.db')}`
      }
      const { url } = await start(kind)
      await (kind === 'postgres' ? createPostgres(url, name) : createMariadb(url, name))
      return kind === 'postgres' ? url.replace(/\/postgres$/, `/${name}`) : `${url}/${name}`
    },
    async stop() {
      for (const server of running.values()) await (await server).stop()
      for (const folder of folders) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function createPostgres(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
}

async function createMariadb(url: string, name: string): Promise<void> {
  const connection = await createConnection(url)
  await connection.query(`create database ${name} character set utf8mb4`)
  await connection.end()
}

const text = 'Your order is on its way to you, and should arrive within two days.\n'.repeat(20)
const html = `<p>${'Your order is on its way to you, and should arrive within two days.<br>'.repeat(25)}</p>`

/** 4 KB, text and HTML. */
export function letter(to: string) {
  return { from: 'Shop <shop@example.com>', to, subject: 'Your order is on its way', text, html }
}

/** How many a second, where the work does so many. */
export async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return count / ((performance.now() - began) / 1_000)
}

/** Round by round: what one measured beside what the other did. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, round) => value / (b[round] ?? Number.NaN))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
