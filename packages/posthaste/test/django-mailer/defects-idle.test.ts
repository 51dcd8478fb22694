import pg from 'pg'
import { expect, test } from 'vitest'
import type { Limit } from '../../src/config/queue-config.ts'
import { createMailQueue } from '../../src/index.ts'
import { counted } from '../support/counted-handle.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

describeDatabase('postgres', 'a worker that may not send', (_kind, fresh) => {
  test('W7: waits quietly while a limit keeps due mail back', async () => {
    const { url } = await fresh()
    expect(await statementsWhileIdle(url, { limit: { perMinute: 1 }, paused: [] })).toEqual({
      queued: 1,
      isQuiet: true,
    })
  })

  test('W7: waits quietly while a pause keeps due mail back', async () => {
    const { url } = await fresh()
    expect(await statementsWhileIdle(url, { limit: { perSecond: 10 }, paused: ['default'] })).toEqual({
      queued: 2,
      isQuiet: true,
    })
  })
})

/** Two mails are due, and at most one may go: does the worker ask for them again and again? */
async function statementsWhileIdle(url: string, { limit, paused }: { limit: Limit; paused: 'default'[] }) {
  let statements = 0
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => {})
  await using smtp = { ...(await startSmtp()), [Symbol.asyncDispose]: () => smtp.close() }
  await using mail = createMailQueue({
    database: counted(pool, () => void statements++),
    transports: { default: smtp.url },
    streams: { default: { limit } },
  })
  await mail.migrate()
  await mail.enqueueMany([{ mail: letter('a@example.com') }, { mail: letter('b@example.com') }])
  for (const stream of paused) await mail.pause({ stream })
  await using worker = mail.worker()
  await worker.start()
  // It looks often for a second, for mail tends to follow mail.
  const quietFrom = performance.now() + 1_500
  await until(() => performance.now() > quietFrom)
  const before = statements
  await until(() => performance.now() > quietFrom + 1_000)
  const isQuiet = before > 3 && statements - before < 10
  const queued = await mail.count({ state: 'queued' })
  await worker.stop()
  await mail.close()
  await pool.end()
  return { queued, isQuiet }
}
