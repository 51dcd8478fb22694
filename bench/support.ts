import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createTransport } from 'nodemailer'
import { type FreshDatabase, freshSqlite } from '../packages/posthaste/test/support/databases/fresh.ts'
import type { DatabaseKind, ServerKind } from '../packages/posthaste/test/support/databases/kinds.ts'
import type { DatabaseServer } from '../packages/posthaste/test/support/databases/server.ts'
import { freshOn, starters } from '../packages/posthaste/test/support/databases/start.ts'

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

export interface Servers {
  /** An empty database of this kind, with durable commits. */
  fresh(kind: DatabaseKind): Promise<string>
  stop(): Promise<void>
}

/** Throwaway servers with durable commits, each started when it is first needed, and so many milliseconds away. */
export function servers(roundTrip: number): Servers {
  const running = new Map<ServerKind, Promise<DatabaseServer>>()
  const made: FreshDatabase[] = []
  const start = (kind: ServerKind) => {
    const server = running.get(kind) ?? started(kind, roundTrip)
    running.set(kind, server)
    return server
  }
  return {
    async fresh(kind) {
      const database = kind === 'sqlite' ? await freshSqlite() : await freshOn(kind, (await start(kind)).url)
      made.push(database)
      return database.url
    },
    async stop() {
      for (const database of made) await database.drop()
      for (const server of running.values()) await (await server).stop()
    },
  }
}

async function started(kind: ServerKind, roundTrip: number): Promise<DatabaseServer> {
  const server = await starters[kind]({ durable: true })
  return roundTrip > 0 ? far(server, roundTrip) : server
}

/** The same server, behind a line that takes so many milliseconds. */
async function far(server: DatabaseServer, ms: number): Promise<DatabaseServer> {
  const url = new URL(server.url)
  const line = fork(new URL('far.ts', import.meta.url), [JSON.stringify({ ms, port: Number(url.port) })])
  const [{ port }] = await once(line, 'message')
  url.port = String(port)
  const stop = async () => {
    line.disconnect()
    await server.stop()
  }
  return { url: url.href, stop }
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
