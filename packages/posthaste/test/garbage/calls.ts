import type { MailQueue, QueueConfig } from '../../src/index.ts'
import * as index from '../../src/index.ts'
import { fakeQueue, outbox } from '../../src/testing/index.ts'
import {
  type Args,
  entry,
  filter,
  filtered,
  items,
  mail,
  none,
  options,
  plain,
  reading,
  worker,
  written,
} from './arguments.ts'
import { inTransaction, type Method, methods, readerIn, sendMail, use } from './call-ways.ts'
import { configOf, type World } from './world.ts'

/** A call that is right, into which garbage is put. */
export interface Call {
  /** Made anew for each call. */
  args(world: World): unknown[] | Promise<unknown[]>
  run(world: World, args: unknown[]): unknown
}

/** Every public function with arguments that are right; `MailQueue.x` is called on the queue, and so on. */
export const calls: Readonly<Record<string, Call>> = {
  createMailQueue: {
    args: (world) => [configOf(world)],
    run: (_, args) => use(index.createMailQueue(...(args as [QueueConfig]))),
  },
  isPosthasteError: {
    args: () => [new Error('x'), 'PH_CONFIG'],
    run: (_, args) => index.isPosthasteError(...(args as [unknown])),
  },
  fakeQueue: {
    args: (world) => [{ ...configOf(world), database: undefined }],
    run: (_, args) => use(fakeQueue(...(args as [object]))),
  },
  outbox: { args: ({ mail: queue }) => [queue, {}], run: (_, args) => outbox(...(args as [MailQueue])) },
  ...methods('MailQueue', ({ mail: queue }) => queue, {
    ...reading(),
    enqueue: () => [mail(), options()],
    enqueueMany: items,
    prepare: () => [mail(), options()],
    toSQL: () => [written(), { ...options(), placeholders: 'named' }],
    outside: () => [() => 1],
    transport: () => [options()],
    worker: () => [worker()],
    deliverDue: ({ sent }) => [
      {
        ids: [sent],
        streams: ['default'],
        maxMs: 1_000,
        concurrency: 2,
        max: 5,
        maxDeferred: 1,
        capture: true,
        signal: AbortSignal.abort(),
      },
    ],
    resend: ({ sent }) => [sent, { to: ['grace@example.com'] }],
    diagnose: () => [{}],
    migrate: none,
    migrationSql: () => [{ from: 1 }],
    grantsSql: () => [{ app: 'shop', worker: 'mailer' }],
    streams: none,
    readIn: ({ tx }) => [tx],
    settled: ({ sent }) => [sent, { timeout: 20 }],
    retry: filtered,
    cancel: filtered,
    hold: filtered,
    release: filtered,
    resolve: () => [filter(), 'arrived', { who: 'grace' }],
    pause: () => [{ stream: 'bulk', reason: 'r', who: 'w' }],
    resume: () => [{ stream: 'bulk' }],
    stats: none,
    health: () => [{ stuckAfter: '5m' }],
    forget: () => ['eve@example.com'],
    purge: () => [filter(), { olderThan: '7d', dryRun: true }],
    verify: none,
  }),
  'MailQueue.enqueueIn': inTransaction(
    (queue) => queue.enqueueIn as Method,
    () => [mail(), options()],
  ),
  'MailQueue.enqueueManyIn': inTransaction((queue) => queue.enqueueManyIn as Method, items),
  'MailQueue.within': inTransaction(
    (queue) => queue.within as Method,
    () => [() => 1],
  ),
  'MailQueue.enqueueSync': inTransaction(
    (queue) => queue.enqueueSync as Method,
    async ({ mail: queue }) => [await queue.prepare(plain())],
  ),
  'MailQueue.close': {
    args: none,
    run: (world, args) => (index.createMailQueue(configOf(world) as never).close as Method)(...args),
  },
  'MailQueue.@asyncDispose': {
    args: none,
    run: (world) => index.createMailQueue(configOf(world) as never)[Symbol.asyncDispose](),
  },
  ...methods('MailReader', readerIn, reading()),
  ...methods('Suppressions', ({ mail: queue }) => queue.suppressions, {
    add: () => ['x@example.com', { reason: 'r', origin: 'o', note: 'n', stream: 'bulk', expiresIn: '1d' }],
    import: () => [['x@example.com', entry()]],
    remove: () => ['x@example.com', { stream: 'bulk' }],
    list: () => [{ limit: 5, after: 'x', match: 'x' }],
    check: () => ['x@example.com', { stream: 'bulk' }],
    export: none,
  }),
  ...methods('Transports', ({ mail: queue }) => queue.transports, {
    list: none,
    pause: () => ['smtp', { for: '1h', reason: 'r' }],
    resume: () => ['smtp'],
    addDefault: () => [{ url: 'smtp://127.0.0.1:1', maxConnections: 1 }],
  }),
  ...methods('Attachments', ({ mail: queue }) => queue.attachments, {
    put: () => ['content'],
  }),
  ...methods('Worker', ({ mail: queue }) => queue.worker({ name: 'garbage', housekeeping: false }), {
    on: () => ['sent', () => {}],
    off: () => ['sent', () => {}],
    start: none,
    run: () => [AbortSignal.abort()],
    stop: none,
    stopNow: none,
    stopped: none,
    wake: none,
    '@asyncDispose': none,
  }),
  'QueueTransport.send': {
    args: () => [{ ...plain(), posthaste: options() }],
    run: ({ mail: queue }, [data]) => sendMail(queue, data),
  },
  'QueueTransport.verify': { args: none, run: ({ mail: queue }) => queue.transport().verify() },
  'MailQueue.transporter': {
    args: () => [{ createTransport: () => ({}) }, options()],
    run: ({ mail: queue }, args) => (queue.transporter as Method).apply(queue, args),
  },
  ...methods('Outbox', ({ mail: queue }) => outbox(queue), {
    all: () => [{ ...filter(), subject: /x/ }],
    only: () => [{ ...filter(), subject: 'x' }],
    none: filtered,
    deliver: none,
    clear: none,
  }),
  ...methods('OutboxMail', ({ letter }) => letter, {
    link: () => [/verify/],
    code: () => [/\d+/],
    source: none,
  }),
  ...fakes(),
}

function fakes(): Record<string, Call> {
  const on = (name: string, args: Args): [string, Call] => [
    `FakeQueue.${name}`,
    {
      args,
      async run(_, given) {
        const fake = fakeQueue({ defaults: { from: 'shop@example.com' }, attachments: { streamTimeout: 20 } })
        try {
          const prepared = given.includes('prepared') ? await fake.prepare(plain()) : undefined
          const ready = given.map((one) => (one === 'prepared' ? prepared : one))
          return await (fake[name as 'enqueue'] as Method).apply(fake, ready)
        } finally {
          await fake.close()
        }
      },
    },
  ]
  return Object.fromEntries([
    on('enqueue', () => [plain(), { tags: ['x'] }]),
    on('enqueueIn', () => [{}, plain(), { tags: ['x'] }]),
    on('enqueueMany', () => [[{ mail: plain() }], {}]),
    on('enqueueManyIn', () => [{}, [{ mail: plain() }], {}]),
    on('enqueueSync', () => [{}, 'prepared']),
    on('readIn', () => [{}]),
    on('within', () => [{}, () => 1]),
    on('close', none),
  ])
}
