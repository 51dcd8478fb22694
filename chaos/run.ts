import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMailQueue, type MailQueue } from '../packages/posthaste/src/index.ts'
import { openApp } from '../packages/posthaste/test/support/app-database.ts'
import type { DatabaseKind } from '../packages/posthaste/test/support/databases/kinds.ts'
import { check, type Findings } from './check.ts'
import { openChaosDatabase } from './database.ts'
import { type Deeds, wreak } from './havoc.ts'
import { keep, type Member } from './herd.ts'
import { type Ledger, startLedger } from './ledger.ts'
import { buildPrograms, type Programs } from './programs.ts'
import { seeded } from './random.ts'
import { watchRescues } from './rescues.ts'
import { countTakenOver, type TakenOver } from './taken-over.ts'

export interface Asked {
  readonly kind: DatabaseKind
  readonly seed: number
  /** How many processes are killed, unless the time is over before. */
  readonly kills: number
  readonly minutes: number
  /** Of the workers. */
  readonly lease: string
  /** SQLite: in the journal mode `delete`, which the file has where the app's tables were there first. */
  readonly rollbackJournal: boolean
}

export interface Report extends Asked {
  readonly findings: Findings
  readonly deeds: Deeds
  readonly faults: number
  /** Milliseconds from each kill of a worker until another had taken its mail over. */
  readonly rescues: readonly number[]
  /** What the workers complained of, and how often. */
  readonly errors: ReadonlyMap<string, number>
  readonly takenOver: TakenOver
  /** Of the whole run, the building and the draining too. */
  readonly seconds: number
}

/** Short, so that much is taken over in little time. */
export const usualLease = '2s'
const herd = { workers: 5, enqueuers: 3 }

/** One run: mail flows, everything in reach is broken, then all is left in peace until the queue is empty, and the books are compared. */
export async function run(asked: Asked): Promise<Report> {
  const began = performance.now()
  const random = seeded(asked.seed)
  const programs = await buildPrograms()
  const dir = await mkdtemp(join(tmpdir(), 'posthaste-ledger-'))
  const database = await openChaosDatabase(asked.kind, asked)
  const ledger = await startLedger(join(dir, 'ledger'), seeded(asked.seed + 1))
  const mail = createMailQueue({ database: database.url }) as MailQueue
  try {
    await mail.migrate()
    const errors = new Map<string, number>()
    const workers = startWorkers(programs, database.url, { ledger, errors, lease: asked.lease })
    const enqueuers = startEnqueuers(programs, asked, database.url)
    const rescues = watchRescues(mail)
    const deeds = await wreak({ workers, enqueuers, database, random, killed: rescues.killed }, asked)
    await Promise.all(enqueuers.map((one) => one.retire()))
    ledger.heal()
    await empty(mail)
    const { backingOff } = await mail.health()
    for (const { name, until, reason } of backingOff)
      console.log(`transport ${name} backs off until ${until?.toISOString()}: ${reason}`)
    await Promise.all(workers.map((one) => one.retire()))
    const app = await openApp(asked.kind, database.url)
    const findings = await check({ orders: await app.orders(), ledger: ledger.read(), mail })
    const takenOver = await countTakenOver(app, asked.kind, rescues.dead)
    await app.close()
    return {
      ...asked,
      findings,
      deeds,
      faults: ledger.faults,
      rescues: await rescues.end(),
      errors,
      takenOver,
      seconds: (performance.now() - began) / 1_000,
    }
  } finally {
    await mail.close().catch(() => {})
    await ledger.close()
    await database.close()
    await programs.remove()
    await rm(dir, { recursive: true, force: true })
  }
}

function startWorkers(
  { worker: file }: Programs,
  url: string,
  { ledger: { smtp }, errors, lease }: { ledger: Ledger; errors: Map<string, number>; lease: string },
): Member[] {
  const config = {
    database: url,
    transports: { default: { url: smtp.url, socketTimeout: 5_000, finalReplyTimeout: 8_000 } },
    retry: { first: 200, factor: 1.5, max: '2s', giveUpAfter: '1d' },
  }
  const options = { lease, pollInterval: '500ms', stopWithin: '3s', maxRescues: 1_000 }
  const heard = ({ error }: Record<string, unknown>) => {
    if (error) errors.set(String(error), (errors.get(String(error)) ?? 0) + 1)
  }
  const args = () => [JSON.stringify(config), JSON.stringify(options)]
  return numbers(herd.workers).map((number) => keep(`worker ${number}`, { file, args, heard }))
}

function startEnqueuers({ enqueuer: file }: Programs, { kind, seed }: Asked, url: string): Member[] {
  return numbers(herd.enqueuers).map((number) =>
    keep(`enqueuer ${number}`, {
      file,
      args: (life) => [kind, url, `${number}x${life}`, String(seed * 1_000 + number * 100 + life)],
    }),
  )
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** Milliseconds in which the queue may get no shorter before it is given up. */
const patience = 120_000

/** Nothing is due, on its way or waiting for another attempt. What is left where it gets no shorter is called lost. */
async function empty(mail: MailQueue): Promise<void> {
  let least = Number.POSITIVE_INFINITY
  for (let end = performance.now() + patience; performance.now() < end; await sleep(200)) {
    const stats = await mail.stats().catch(() => undefined)
    if (!stats) continue
    const left = stats.states.queued + stats.states.sending
    if (left === 0) return
    if (left < least) end = performance.now() + patience
    least = Math.min(least, left)
  }
}
