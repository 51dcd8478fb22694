import { expect, test } from 'vitest'
import { openApp } from '../support/app-database.ts'
import { describeDatabase } from '../support/databases.ts'
import { queueAtHand } from '../support/hand-clock.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { startSmtp } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

const tables = ['delivery', 'recipient', 'attempt', 'worker']

/** What changes of the queue, as one moment saw it. */
const remember = `begin isolation level repeatable read; create schema replica;
  ${tables.map((name) => `create table replica.${name} as table posthaste.${name};`).join(' ')} commit`
/** The replica takes over: no connection outlives it, and whatever was committed since that moment has never happened. */
const takeOver = `begin; lock table ${tables.map((name) => `posthaste.${name}`).join(', ')};
  ${tables.map((name) => `delete from posthaste.${name}; insert into posthaste.${name} select * from replica.${name};`).join(' ')}
  select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid(); commit`

describeDatabase('postgres', 'a failover that forgets the last moment', (_kind, fresh) => {
  test('loses no mail, and flags what goes again: the worker tells it what it had forgotten', async () => {
    const { url } = await fresh()
    await using line = await openLine(url)
    const many = 400
    await line.mail.enqueueMany(
      Array.from({ length: many }, (_, i) => ({ mail: letter(`${i}@example.com`) })),
    )
    const app = await openApp('postgres', url)
    const config = { database: url, transports: { default: line.smtp.url } }
    const worker = await workerProcess(config, { lease: '2s', concurrency: 4 })
    await line.smtp.mails(50, { timeout: 30_000 })
    await app.run(remember)
    const before = line.smtp.received.length
    await line.smtp.mails(before + 80, { timeout: 30_000 })
    await app.run(takeOver)
    await until(async () => (await line.mail.count({ state: 'sent' }).catch(() => 0)) === many, {
      timeout: 100_000,
    })
    const copies = Map.groupBy(line.smtp.received, ({ to }) => to[0] ?? '')
    expect(copies.size).toBe(many)
    for (const [address, { length }] of copies)
      if (length > 1) expect((await line.mail.find({ to: address })).items[0]?.unknowns).toBeGreaterThan(0)
    expect(line.smtp.received.length).toBeLessThan(many + 20)
    expect(worker.said.map(({ error }) => String(error))).toContainEqual(
      expect.stringContaining('no longer knew outcomes that it had confirmed'),
    )
    await app.close()
    worker.process.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
  }, 180_000)
})

describeDatabase('sqlite', 'a claim that has come back from the past', (_kind, fresh) => {
  test('is given back within a minute by its living worker, though nothing failed', async () => {
    const { url } = await fresh()
    const smtp = await startSmtp()
    const { mail, clock } = queueAtHand({ database: url, transports: { default: smtp.url } })
    const { id } = await mail.enqueue(letter('ada@example.com'), { delay: '1h' })
    const worker = mail.worker({ lease: '5m' })
    await worker.start()
    await until(async () => (await mail.health()).workers.length === 1)
    const app = await openApp('sqlite', url)
    await app.run(
      "update posthaste_delivery set state = 'sending', token = token + 1, worker_id = (select id from posthaste_worker), claimed_at = 1",
    )
    clock.turn(110_000)
    await until(() => smtp.received.length === 1)
    expect(await mail.settled(id)).toMatchObject({ state: 'sent' })
    await worker.stop()
    await app.close()
    await mail.close()
    await smtp.close()
  })
})
