import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { type Pooling, pgbouncerProgram, startPgbouncer } from './support/databases/pgbouncer.ts'
import { describeDatabase, reportAbsence } from './support/databases.ts'
import { letter, openLine, type TestLine } from './support/line.ts'
import { until } from './support/wait.ts'

const poolings: readonly (readonly [what: string, pooling: Pooling, options: string])[] = [
  ['in transaction mode', { mode: 'transaction', preparedStatements: 0 }, ''],
  ['in transaction mode, said', { mode: 'transaction', preparedStatements: 0 }, '?pgbouncer=true'],
  ['in transaction mode, which prepares', { mode: 'transaction', preparedStatements: 100 }, ''],
  ['in session mode', { mode: 'session' }, ''],
]

describeDatabase('postgres', 'behind PgBouncer', async (_kind, fresh) => {
  if (!(await pgbouncerProgram())) return reportAbsence('PgBouncer', 'it is not installed: pgbouncer')

  async function pooled(pooling: Pooling, options = ''): Promise<{ url: string; direct: string }> {
    const { url: direct } = await fresh()
    const pooler = await startPgbouncer(direct, pooling)
    onTestFinished(pooler.stop)
    return { url: `${pooler.url}${options}`, direct }
  }

  test.each(poolings)(
    '%s: what is committed is delivered once, by app and worker there',
    async (...given) => {
      const [, pooling, options] = given
      const { url } = await pooled(pooling, options)
      await using line = await openLine(url)
      const app = new pg.Pool({ connectionString: url, max: 5 })
      onTestFinished(() => app.end())
      const errors: unknown[] = []
      const worker = line.mail.worker({ lease: '1s' })
      worker.on('error', (error) => errors.push(error))
      await worker.start()
      await Promise.all(Array.from({ length: 40 }, (_, n) => order(app, line, n)))
      await line.smtp.mails(20)
      await until(async () => (await line.mail.count({ state: 'sent' })) === 20)
      const first = await heartbeat(line)
      await until(async () => (await heartbeat(line)) > first + 1_000)
      await worker.stop()
      expect(errors).toEqual([])
      expect(line.smtp.received).toHaveLength(20)
      expect(await line.mail.count({ state: ['queued', 'failed', 'held'] })).toBe(0)
    },
  )

  test.each(poolings)('%s: the queue works on the pool of the app', async (_, pooling, options) => {
    const { url } = await pooled(pooling, options)
    const app = new pg.Pool({ connectionString: url, max: 5 })
    onTestFinished(() => app.end())
    await using line = await openLine(url, { database: app })
    await line.mail.enqueueMany(Array.from({ length: 30 }, (_, n) => ({ mail: letter(`${n}@example.com`) })))
    await line.mail.pause({ reason: 'try' })
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 0 })
    await line.mail.resume()
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 30 })
    expect((await line.mail.health()).problems).toEqual([])
  })

  test('in transaction mode a worker listens on no connection, and finds what is enqueued elsewhere', async () => {
    const { url, direct } = await pooled({ mode: 'transaction' })
    const app = new pg.Pool({ connectionString: url, max: 5 })
    onTestFinished(() => app.end())
    await using line = await openLine(url, { database: app })
    await using elsewhere = await openLine(direct)
    const worker = line.mail.worker()
    await worker.start()
    await until(() => app.totalCount > 0 && app.idleCount === app.totalCount)
    await elsewhere.mail.enqueue(letter('ada@example.com'))
    await line.smtp.mails(1)
    const { workers } = await line.mail.health()
    expect(workers).toMatchObject([{ alive: true, sleeping: false }])
    await worker.stop()
  })

  test('in session mode a worker is told of mail', async () => {
    const { url, direct } = await pooled({ mode: 'session' })
    await using line = await openLine(url)
    await using elsewhere = await openLine(direct)
    const worker = line.mail.worker({ pollInterval: '1h' })
    await worker.start()
    await until(async () => (await line.mail.health()).workers[0]?.sleeping)
    await elsewhere.mail.enqueue(letter('ada@example.com'))
    await line.smtp.mails(1)
    await worker.stop()
  })

  test('the doctor says where notifications do not come through, and nothing where they do', async () => {
    const says = async (url: string) => {
      await using line = await openLine(url)
      const findings = await line.mail.diagnose()
      return findings.filter(({ check }) => check === 'notifications')
    }
    const { url, direct } = await pooled({ mode: 'transaction' })
    expect(await says(url)).toMatchObject([{ level: 'note', remedy: expect.stringContaining('direct URL') }])
    expect(await says(direct)).toEqual([])
    expect(await says((await pooled({ mode: 'session' })).url)).toEqual([])
  })

  test.each(['statement_timeout=1000', 'options=-c%20lock_timeout%3D1000'])(
    'a startup parameter that it refuses is named: %s',
    async (parameter) => {
      const { url } = await pooled({ mode: 'transaction' }, `?${parameter}`)
      await expect(openLine(url)).rejects.toMatchObject({
        code: 'PH_DATABASE_POOLER',
        message: expect.stringContaining(parameter.split('=')[0] ?? ''),
      })
    },
  )

  test('that it knows no transactions in statement mode is said', async () => {
    const { url } = await pooled({ mode: 'statement' })
    await expect(openLine(url)).rejects.toMatchObject({ code: 'PH_DATABASE_POOLER' })
  })

  test('a database behind it that is not there is unreachable, as without it', async () => {
    const { url } = await pooled({ mode: 'transaction' })
    const missing = new URL(url)
    missing.pathname = '/not_there'
    await expect(openLine(missing.href)).rejects.toMatchObject({ code: 'PH_DATABASE_UNREACHABLE' })
  })
})

/** One of two is rolled back. */
async function order(app: pg.Pool, { mail }: TestLine, n: number): Promise<void> {
  const tx = await app.connect()
  try {
    await tx.query('begin')
    await mail.enqueueIn(tx, letter(`${n}@example.com`), { idempotencyKey: `order ${n}` })
    await tx.query(n % 2 === 0 ? 'commit' : 'rollback')
  } finally {
    tx.release()
  }
}

async function heartbeat({ mail }: TestLine): Promise<number> {
  return (await mail.health()).workers[0]?.heartbeatAt.getTime() ?? 0
}
