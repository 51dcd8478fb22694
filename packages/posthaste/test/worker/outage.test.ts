import { expect, test } from 'vitest'
import { openApp } from '../support/app-database.ts'
import { endConnections } from '../support/databases/connections.ts'
import { describeDatabase, serverKinds } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { until } from '../support/wait.ts'

for (const kind of serverKinds)
  describeDatabase(kind, 'a worker whose connections are ended again and again', (_kind, fresh) => {
    test('takes new ones by itself, loses nothing, and flags every mail that it may have sent twice', async () => {
      const { url } = await fresh()
      await using line = await openLine(url)
      const many = 600
      await line.mail.enqueueMany(
        Array.from({ length: many }, (_, i) => ({ mail: letter(`${i}@example.com`) })),
      )
      const app = await openApp(kind, url)
      const worker = await workerProcess(
        { database: url, transports: { default: line.smtp.url } },
        { lease: '2s' },
      )
      let killed = 0
      for (let round = 1; round <= 6; round++) {
        await line.smtp.mails(round * 60, { timeout: 30_000 })
        killed += await endConnections(kind, app.run)
      }
      expect(killed).toBeGreaterThan(6)
      await until(async () => (await line.mail.count({ state: 'sent' }).catch(() => 0)) === many, {
        timeout: 60_000,
      })
      const copies = Map.groupBy(line.smtp.received, ({ to }) => to[0] ?? '')
      expect(copies.size).toBe(many)
      for (const [address, { length }] of copies)
        if (length > 1) expect((await line.mail.find({ to: address })).items[0]?.unknowns).toBeGreaterThan(0)
      await until(
        async () =>
          (await line.mail.health()).workers.every(({ sleeping }) => sleeping || kind !== 'postgres'),
        { timeout: 20_000 },
      )
      await endConnections(kind, app.run)
      await until(
        async () =>
          (await line.mail.enqueue(letter('last@example.com')).catch(() => undefined)) !== undefined,
      )
      await until(() => line.smtp.received.some(({ to }) => to[0] === 'last@example.com'), {
        timeout: 20_000,
      })
      await app.close()
      worker.process.kill('SIGTERM')
      expect(await worker.ended).toBe(0)
    }, 120_000)
  })
