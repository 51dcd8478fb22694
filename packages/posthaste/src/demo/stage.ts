import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { createMailQueue } from '../queue/create-mail-queue.ts'
import type { MailQueue, Worker } from '../queue/mail-queue.ts'
import type { Screen } from './screen.ts'
import type { Shop } from './shop.ts'
import type { DemoSmtp } from './smtp-server.ts'
import type { Manners } from './smtp-talk.ts'

/** One is kept for urgent mail, so four mails of others are under way at most. */
export const connections = 5

/** What is there while the demo plays. */
export interface Stage {
  /** The SQLite file of the shop and its queue. */
  readonly file: string
  readonly shop: Shop
  readonly smtp: DemoSmtp
  /** The server's. */
  readonly manners: Manners
  readonly mail: MailQueue
  readonly screen: Screen
  readonly startProcess: StartProcess
}

/** Starts a process that runs `runDemoWorker` with these settings. */
export type StartProcess = (settings: string) => ChildProcess

/** The same in every process. */
export function demoQueue({ file, port }: { file: string; port: number }): MailQueue {
  return createMailQueue({
    database: `sqlite:${file}`,
    defaults: { from: 'Shop <shop@example.com>' },
    transports: { default: { url: `smtp://127.0.0.1:${port}`, maxConnections: connections } },
    retry: { first: '400ms', jitter: 0 },
  })
}

/** In the process of the demo: lets the worker work for as long as that takes. */
export async function withWorker(worker: Worker, work: () => Promise<void>): Promise<void> {
  await worker.start()
  try {
    await work()
  } finally {
    await worker.stop()
  }
}

/** @throws it was not so within half a minute */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 30_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`the demo waited in vain: ${what}`)
    await pause(20)
  }
}
