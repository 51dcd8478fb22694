import { cp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createPool, type Pool as MysqlPool } from 'mysql2/promise'
import { createTransport } from 'nodemailer'
import pg from 'pg'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { type DatabaseKind, describeEachDatabase, freshDatabase } from './support/databases.ts'
import { letter } from './support/line.ts'
import { type PackedApp, packedApp } from './support/packed-app.ts'
import { startSmtp } from './support/smtp.ts'
import { until } from './support/wait.ts'

type Package = typeof import('../src/index.ts')

let app: PackedApp
/** As published, the same in another node_modules, and once more in a bundle of CommonJS. */
let copies: Package[]
let bundle: string

beforeAll(async () => {
  app = await packedApp()
  const other = join(app.folder, 'node_modules/a-plugin/node_modules/posthaste')
  await cp(join(app.folder, 'node_modules/posthaste'), other, { recursive: true })
  const installed = [join(app.folder, 'node_modules/posthaste'), other].map((folder) =>
    join(folder, 'dist/index.js'),
  )
  copies = await Promise.all(installed.map((file) => import(pathToFileURL(file).href)))
  bundle = await bundled(app.folder)
  copies.push(reevaluated(bundle))
})

afterAll(() => app.drop())

async function bundled(folder: string): Promise<string> {
  const [entry, file] = [join(folder, 'entry.mjs'), join(folder, 'bundle.cjs')]
  await writeFile(entry, "export * from 'posthaste'\n")
  const built = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' })
  await built.write({ file, format: 'cjs', codeSplitting: false })
  await built.close()
  return file
}

/** As a development server does it: the former module is forgotten, and whatever it began goes on. */
function reevaluated(file: string): Package {
  const require = createRequire(import.meta.url)
  delete require.cache[file]
  return require(file)
}

test('there are three', () => {
  expect(new Set(copies.map(({ createMailQueue }) => createMailQueue)).size).toBe(3)
})

test('one transporter in many copies gets no listener and no plugin of each', async () => {
  const smtp = await startSmtp()
  const { url, drop } = await freshDatabase('sqlite')
  const transporter = createTransport({ url: smtp.url, pool: true })
  onTestFinished(async () => {
    transporter.close()
    await Promise.all([smtp.close(), drop()])
  })
  const plugins: string[] = []
  const use = transporter.use.bind(transporter)
  transporter.use = (step, plugin) => {
    plugins.push(step)
    return use(step, plugin)
  }
  const listeners = new Set<number>()
  for (let n = 0; n < 12; n++) {
    const { createMailQueue } = reevaluated(bundle)
    await using mail = createMailQueue({ database: url, transports: { default: transporter } })
    await mail.enqueue(letter(`${n}@example.com`))
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
    listeners.add(transporter.listenerCount('error'))
  }
  expect([...listeners]).toEqual([1])
  expect(plugins).toEqual(['stream'])
  expect(smtp.received).toHaveLength(12)
})

test('an error of one is an error of the others', () => {
  for (const one of copies)
    for (const other of copies) {
      const error = new one.PosthasteError('PH_CLOSED')
      expect(error).toBeInstanceOf(other.PosthasteError)
      expect(other.isPosthasteError(error, 'PH_CLOSED')).toBe(true)
    }
})

describeEachDatabase('three copies of the package in one process', (kind, fresh) => {
  async function open() {
    const { url } = await fresh()
    const smtp = await startSmtp()
    const shared = sharedDatabase(kind, url)
    const queues = copies.map(({ createMailQueue }) =>
      createMailQueue({ database: shared.database, transports: { default: smtp.url } }),
    )
    await Promise.all(queues.map((mail) => mail.migrate()))
    const app = await openApp(kind, url)
    onTestFinished(async () => {
      await Promise.all(queues.map((mail) => mail.close()))
      await Promise.all([app.close(), shared.end(), smtp.close()])
    })
    return { queues, app, smtp }
  }

  test('on one pool or file: what commits is delivered once, what is rolled back never', async () => {
    const { queues, app, smtp } = await open()
    const workers = queues.map((mail) => mail.worker())
    const errors: unknown[] = []
    for (const worker of workers) worker.on('error', (error) => errors.push(error))
    await Promise.all(workers.map((worker) => worker.start()))
    for (let n = 0; n < 20; n++) {
      const ends = n % 2 === 0 ? 'commit' : 'rollback'
      await inTransaction(app, ends, () =>
        n % 4 < 2 ? atOnce(queues, app.tx, n) : oneByOne(queues, app.tx, n),
      )
    }
    await Promise.all(queues.map((mail, n) => mail.enqueue(letter(`own${n}@example.com`))))
    const expected = 10 * queues.length * 3 + queues.length
    await smtp.mails(expected, { timeout: 25_000 })
    const [mail] = queues as [MailQueue]
    await until(async () => (await mail.count({ state: 'sent' })) === expected)
    await Promise.all(workers.map((worker) => worker.stop()))
    expect(errors).toEqual([])
    expect(await mail.count({ all: true })).toBe(expected)
    const to = smtp.received.flatMap((mail) => mail.to)
    expect(new Set(to).size).toBe(expected)
    expect(to).toHaveLength(expected)
  })

  test('share idempotency keys, in one transaction and in two', async () => {
    const { queues, app } = await open()
    const ids = new Set<string>()
    for (const ends of ['commit', 'commit'] as const)
      await inTransaction(app, ends, async () => {
        for (const mail of queues)
          ids.add((await mail.enqueueIn(app.tx, letter('ada@example.com'), { idempotencyKey: 'order' })).id)
      })
    expect(ids.size).toBe(1)
  })
})

async function inTransaction(app: AppDatabase, end: 'commit' | 'rollback', work: () => Promise<unknown>) {
  await app.begin()
  try {
    await work()
  } catch (error) {
    await app.rollback()
    throw error
  }
  await app[end]()
}

/** Three each: one, one of several, and one inside `within`. */
function atOnce(queues: readonly MailQueue[], tx: object, n: number): Promise<unknown> {
  return Promise.all(
    queues.flatMap((mail, at) => [
      mail.enqueueIn(tx, letter(`${n}-${at}-a@example.com`)),
      mail.enqueueManyIn(tx, [{ mail: letter(`${n}-${at}-b@example.com`) }]),
      mail.within(tx, () => mail.enqueue(letter(`${n}-${at}-c@example.com`))),
    ]),
  )
}

async function oneByOne(queues: readonly MailQueue[], tx: object, n: number): Promise<void> {
  for (const [at, mail] of queues.entries()) {
    await mail.enqueueIn(tx, letter(`${n}-${at}-a@example.com`))
    await mail.enqueueManyIn(tx, [{ mail: letter(`${n}-${at}-b@example.com`) }])
    await mail.within(tx, () => mail.enqueue(letter(`${n}-${at}-c@example.com`)))
  }
}

function sharedDatabase(
  kind: DatabaseKind,
  url: string,
): { database: string | pg.Pool | MysqlPool; end(): Promise<void> } {
  if (kind === 'sqlite') return { database: url, end: async () => {} }
  const pool =
    kind === 'postgres'
      ? new pg.Pool({ connectionString: url, max: 15 })
      : createPool({ uri: url, connectionLimit: 15 })
  return { database: pool, end: () => pool.end() }
}
