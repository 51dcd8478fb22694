import type { MailQueue, QueueConfig } from '../../src/index.ts'
import type { QueueParts } from '../../src/queue/queue-parts.ts'
import { tableNames } from '../../src/store/tables.ts'
import { type DatabaseKind, engineOf } from '../support/databases/kinds.ts'
import { type HandClock, queueAtHand } from '../support/hand-clock.ts'
import { columnsOf } from '../support/scan.ts'
import { type SmtpServer, startSmtp } from '../support/smtp.ts'
import { type Behaviour, wickedTransport, wickedTransporter } from './functions.ts'
import { startWickedServer, type WickedServer } from './server.ts'

/** A queue with ways out of every nature, and who watches where mail arrives. */
export interface Scene extends AsyncDisposable {
  readonly kind: DatabaseKind
  readonly mail: MailQueue
  readonly parts: QueueParts
  readonly clock: HandClock
  readonly behaviour: Behaviour
  readonly servers: Readonly<Record<string, WickedServer>>
  readonly columns: ReadonlyMap<string, readonly string[]>
  /** How often mail came for each recipient of good mail. */
  readonly arrivals: Map<string, number>
  /** Makes everything as it was at first. */
  clear(): Promise<void>
}

/** Transports, each with a stream of its name. Those of `shared` are for good mail, too. */
export const wicked = [1, 2, 3].flatMap((n) => [`transport-${n}`, `transporter-${n}`, `smtp-${n}`])
export const shared = ['shared-transport', 'shared-transporter', 'shared-smtp']

export async function openScene(kind: DatabaseKind, url: string): Promise<Scene> {
  const arrivals = new Map<string, number>()
  const arrived = (address: string) => void arrivals.set(address, (arrivals.get(address) ?? 0) + 1)
  const behaviour: Behaviour = { seed: 0, mayHang: 0, arrived }
  const good = await startGoodServer(arrived)
  const servers = await startServers(behaviour)
  const { mail, parts, clock } = queueAtHand(configOf({ url, good, servers, behaviour }))
  await mail.migrate()
  const { database } = await parts.connection.ready()
  return {
    ...{ kind, mail, parts, clock, behaviour, servers, arrivals },
    columns: await columnsOf({ kind, database }),
    clear: async () => {
      arrivals.clear()
      good.received.length = 0
      good.sessions.length = 0
      await emptyTables(parts)
    },
    async [Symbol.asyncDispose]() {
      await mail.close()
      await Promise.all([good, ...Object.values(servers)].map((server) => server.close()))
    },
  }
}

function startGoodServer(arrived: Behaviour['arrived']): Promise<SmtpServer> {
  return startSmtp({
    reply: ({ step }, { to }) => {
      if (step === 'dot') for (const address of to) arrived(address)
      return undefined
    },
  })
}

async function startServers(behaviour: Behaviour): Promise<Record<string, WickedServer>> {
  const names = [...wicked, ...shared].filter((name) => name.includes('smtp'))
  const start = (name: string) => startWickedServer({ name, behaviour, shared: shared.includes(name) })
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await start(name)] as const)))
}

interface Ways {
  readonly url: string
  readonly good: SmtpServer
  readonly servers: Readonly<Record<string, WickedServer>>
  readonly behaviour: Behaviour
}

function configOf({ url, good, servers, behaviour }: Ways): QueueConfig {
  const names = [...wicked, ...shared]
  const made = names.map((name) => [name, transportOf(name, servers[name], behaviour)])
  return {
    database: url,
    transports: { default: good.url, ...Object.fromEntries(made) },
    streams: Object.fromEntries(names.map((name) => [name, { transport: name }])),
    retry: { first: '1m', max: '10m', giveUpAfter: Number.POSITIVE_INFINITY },
    retention: { sent: 'forever', failed: 'forever', bodies: 'forever' },
  }
}

const brief = { connectionTimeout: 2_000, greetingTimeout: 300, socketTimeout: 300 }

function transportOf(name: string, server: WickedServer | undefined, behaviour: Behaviour): unknown {
  // A second copy follows where the last reply is not waited for: that of good mail may be late on a busy machine.
  if (server) return { url: server.url, ...brief, finalReplyTimeout: shared.includes(name) ? 20_000 : 300 }
  if (!name.includes('transporter')) return wickedTransport(name, behaviour)
  const transporter = wickedTransporter(name, behaviour)
  return name.endsWith('2') ? { transporter, content: 'mime' } : { transporter, sendTimeout: 60_000 }
}

async function emptyTables({ connection }: QueueParts): Promise<void> {
  const { database, engine } = await connection.ready()
  for (const name of tableNames)
    if (name !== 'migration' && name !== 'meta')
      await database.query(`delete from ${engine.tables[name].sql}`)
}

export const engineNameOf = ({ kind }: Pick<Scene, 'kind'>) => engineOf(kind)
