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
/** The replica takes over: whatever was committed since that moment has never happened. */
const takeOver = `begin; lock table ${tables.map((name) => `posthaste.${name}`).join(', ')};
  ${tables.map((name) => `delete from posthaste.${name}; insert into posthaste.${name} select * from replica.${name};`).join(' ')} commit;
  select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`

describeDatabase('postgres', 'a failover that forgets the last moment', (_kind, fresh) => {
  test('loses no mail: what it had forgotten goes again, and nothing that it still knew as sent', async () => {
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
    expect(line.smtp.received.length).toBeGreaterThan(many)
    // Only what the replica did not know as settled may go again.
    const settled = await app.run(
      `select r.address from replica.delivery d join replica.recipient r using (mail_id) where d.state = 'sent'`,
    )
    expect(settled.length).toBeGreaterThan(0)
    expect(settled.filter(({ address }) => copies.get(String(address))?.length !== 1)).toEqual([])
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
