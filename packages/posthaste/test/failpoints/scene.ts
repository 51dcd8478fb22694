import { openDatabase } from '../../src/connections/open.ts'
import { newId } from '../../src/ids.ts'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { createStore } from '../../src/store/create-store.ts'
import { engineFor } from '../../src/store/engine-for.ts'
import { type SmtpServer, startSmtp } from '../support/smtp.ts'
import { mayBeWritten } from '../support/sqlite-lock.ts'
import { everything, newWorker } from '../support/store.ts'
import { enqueue, type Order, type Scenario, serverReply } from './scenarios.ts'

/** One database, one mail server that counts, and cases with a stream of their own each, so that many can go on beside each other. */
export interface Scene {
  /** What a worker for these streams is configured with. */
  config(streams: readonly string[]): Task['config']
  /** Enqueues a case's mail. */
  set(name: string, scenario: Scenario): Promise<void>
  readonly orders: readonly Order[]
  /** How often the server accepted mail for each address; written before it says so. */
  readonly ledger: ReadonlyMap<string, number>
  /** A queue that looks at everything. */
  readonly mail: MailQueue
  /** Whether nobody stands within a write who keeps all others from it: on SQLite one can. */
  mayBeWritten(): boolean
  close(): Promise<void>
}

type Task = import('./worker-process.ts').Task
const retry = { first: 50, factor: 1, jitter: 0, giveUpAfter: '1d' } as const

export async function openScene(database: { readonly url: string }): Promise<Scene> {
  const { smtp, ledger } = await startLedger()
  const transports = { default: smtp.url }
  const mail: MailQueue = createMailQueue({ database: database.url, transports })
  await mail.migrate()
  const stored = await mail.attachments.put(Buffer.alloc(1_200_000, 'x'))
  const orders: Order[] = []
  const config: Scene['config'] = (streams) => ({
    database: database.url,
    transports,
    streams: Object.fromEntries(streams.map((name) => [name, {}])),
    retry,
  })
  return {
    config,
    orders,
    ledger,
    mail,
    mayBeWritten: () => !database.url.startsWith('sqlite:') || mayBeWritten(database.url),
    async set(name, scenario) {
      await using queue: MailQueue = createMailQueue(config([name])) as MailQueue
      orders.push(...(await enqueue(queue, scenario, { name, stored })))
      if (!scenario.orphan) return
      orders.push(
        ...(await enqueue(
          queue,
          { mails: [{ to: ['plain'] }] },
          { name: `${name}-orphan`, stored, stream: name },
        )),
      )
      await dieWith(database.url, name)
    },
    async close() {
      await mail.close()
      await smtp.close()
    },
  }
}

async function startLedger(): Promise<{ smtp: SmtpServer; ledger: Map<string, number> }> {
  const ledger = new Map<string, number>()
  const verdict = serverReply()
  const smtp = await startSmtp({
    reply: (command, session) => {
      if (command.step === 'dot')
        for (const address of session.to) ledger.set(address, (ledger.get(address) ?? 0) + 1)
      return verdict(command, session)
    },
  })
  return { smtp, ledger }
}

/** What a worker leaves that died while it sent: its row, its lease over, and its claim of this stream's first mail. */
async function dieWith(url: string, stream: string): Promise<void> {
  const database = await openDatabase(url)
  const store = createStore(database, engineFor(database))
  const workerId = newId()
  const now = Date.now()
  await store.registerWorker(newWorker({ id: workerId, leaseUntil: now - 1 }))
  await store.turn({ workerId, now, settle: [], claim: [{ streams: [stream], lanes: everything, limit: 1 }] })
  await database.close()
}
