import { writeFile } from 'node:fs/promises'
import { createTransport as createNodemailer } from 'nodemailer'
import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

/** A transporter that keeps something of each mail in a file before it sends it, as an app's plugin does. */
function keeping(port: number, path: string | (() => string)) {
  const transporter = createNodemailer({ host: '127.0.0.1', port, ignoreTLS: true })
  transporter.use('stream', (_mail, done) => {
    writeFile(typeof path === 'string' ? path : path(), 'kept').then(() => done(), done)
  })
  return transporter
}

/** Neighbours of the signer's file: whatever else a worker's own machine may lack. */
describeEachDatabase('G14: a worker whose machine lacks room or a file', (_kind, fresh) => {
  test('burns no attempt, says so, and holds up no other worker', async () => {
    const { url } = await fresh()
    const smtp = await startSmtp()
    await using full = createMailQueue({
      database: url,
      transports: { default: keeping(smtp.port, '/dev/full') },
    })
    await full.migrate()
    const { id } = await full.enqueue(letter('ada@example.com'))
    const worker = full.worker({ name: 'full' })
    const reasons: string[] = []
    worker.on('backoff', ({ name, reason }) => reasons.push(`${name}: ${reason}`))
    await worker.start()
    await until(() => reasons.length > 0, { timeout: 60_000 })
    await until(async () => (await full.get(id))?.state === 'queued', { timeout: 60_000 })
    expect(reasons[0]).toMatch(/^default: ENOSPC/)
    expect(await full.get(id)).toMatchObject({ attempts: 0 })
    expect(await full.attempts(id)).toMatchObject([{ worker: 'full', outcome: 'fault', errorCode: 'ENOSPC' }])
    expect((await full.health()).backingOff).toEqual([])
    await until(async () => (await full.health()).problems.length > 0, { timeout: 30_000 })
    const said = /^the worker full cannot send, and other workers can: transport 'default': ENOSPC/
    expect(await full.health()).toMatchObject({
      problems: [expect.stringMatching(said)],
      workers: [{ name: 'full', ownFault: expect.stringContaining('ENOSPC') }],
    })
    const findings = (await full.diagnose()).filter(({ check }) => check === 'worker full')
    expect(findings).toMatchObject([{ level: 'problem', message: expect.stringMatching(said) }])
    await worker.stop()
    await using well = createMailQueue({ database: url, transports: { default: smtp.url } })
    await well.retry({ id })
    expect(await well.deliverDue()).toMatchObject({ sent: 1 })
    expect(await well.get(id)).toMatchObject({ attempts: 1 })
    await smtp.close()
  }, 180_000)
})

test('G14: a file that one mail alone lacks is that mail’s, until another lacks one, too', async () => {
  const smtp = await startSmtp()
  await using mail = createMailQueue({
    database: 'sqlite::memory:',
    transports: { default: keeping(smtp.port, '/nowhere/at/all') },
  })
  const first = await mail.enqueue(letter('a@one.example'))
  await mail.deliverDue()
  expect(await mail.get(first.id)).toMatchObject({ state: 'queued', attempts: 1 })
  expect((await mail.attempts(first.id))[0]).toMatchObject({ errorCode: 'ENOENT' })
  const ids: string[] = []
  for (const to of ['a@two.example', 'a@three.example']) ids.push((await mail.enqueue(letter(to))).id)
  await mail.deliverDue({ concurrency: 1 })
  const attempts = await Promise.all(ids.map(async (id) => (await mail.get(id))?.attempts))
  expect(attempts).toEqual([1, 0])
  expect((await mail.health()).backingOff).toEqual([])
  await smtp.close()
})

test('G14: what is said of a worker is over with the first mail that it sends', async () => {
  const smtp = await startSmtp()
  let path = '/dev/full'
  await using mail = createMailQueue({
    database: 'sqlite::memory:',
    transports: { default: keeping(smtp.port, () => path) },
  })
  await mail.enqueue(letter('ada@example.com'))
  await using worker = mail.worker({ lease: '1s' })
  await worker.start()
  await until(async () => !(await mail.health()).healthy, { timeout: 30_000 })
  path = '/dev/null'
  await until(async () => (await mail.health()).healthy, { timeout: 60_000 })
  expect(smtp.received).toHaveLength(1)
  expect((await mail.health()).workers).toMatchObject([{ alive: true, ownFault: null }])
  await worker.stop()
  await smtp.close()
}, 90_000)
