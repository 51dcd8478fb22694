import { expect, test } from 'vitest'
import { openApp } from '../support/app-database.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { enqueuerProcess, workerProcess } from '../support/processes.ts'

const many = 5_000

describeEachDatabase('two workers', (kind, fresh) => {
  test.runIf(kind !== 'sqlite')(
    'share five thousand mails, each delivered once, while the app goes on writing',
    async () => {
      const { url } = await fresh()
      await using line = await openLine(url)
      await line.mail.enqueueMany(
        Array.from({ length: many }, (_, i) => ({ mail: letter(`c${i}@example.com`) })),
      )
      const config = { database: url, transports: { default: { url: line.smtp.url, maxConnections: 20 } } }
      const workers = await Promise.all([
        workerProcess(config, { concurrency: 20 }),
        workerProcess(config, { concurrency: 20 }),
      ])
      await line.smtp.mails(many / 4, { timeout: 60_000 })
      const app = await openApp(kind, url)
      const waits: number[] = []
      for (let i = 0; i < 50; i++) {
        const before = performance.now()
        await app.begin()
        await app.order(`during-${i}`)
        await line.mail.enqueueIn(app.tx, letter(`during-${i}@example.com`))
        await app.commit()
        waits.push(performance.now() - before)
      }
      await app.close()
      await line.smtp.mails(many + 50, { timeout: 60_000 })
      for (const { process } of workers) process.kill('SIGTERM')
      expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0])
      expect(new Set(line.smtp.received.map(({ to }) => to[0])).size).toBe(many + 50)
      expect(line.smtp.received).toHaveLength(many + 50)
      expect(await line.mail.count({ state: 'sent' })).toBe(many + 50)
      for (const { said } of workers)
        expect(said.filter((one) => 'sent' in one).length).toBeGreaterThan(many / 10)
      expect(Math.max(...waits)).toBeLessThan(2_000)
    },
    120_000,
  )

  test.runIf(kind === 'sqlite')(
    'four processes enqueue two thousand mails each on SQLite while a worker drains: all delivered once, nobody finds it locked',
    async () => {
      const { url } = await fresh()
      await using line = await openLine(url)
      const worker = await workerProcess(
        { database: url, transports: { default: { url: line.smtp.url, maxConnections: 40 } } },
        { concurrency: 40 },
      )
      const enqueuers = await Promise.all(
        ['a', 'b', 'c', 'd'].map((name) => enqueuerProcess(kind, url, { name, count: 2_000 })),
      )
      expect(await Promise.all(enqueuers.map(({ ended }) => ended))).toEqual([0, 0, 0, 0])
      await line.smtp.mails(8_000, { timeout: 120_000 })
      worker.process.kill('SIGTERM')
      expect(await worker.ended).toBe(0)
      expect(new Set(line.smtp.received.map(({ to }) => to[0])).size).toBe(8_000)
      expect(line.smtp.received).toHaveLength(8_000)
      expect(worker.said.filter((one) => 'error' in one)).toEqual([])
      expect(await line.mail.count({ state: 'sent' })).toBe(8_000)
    },
    240_000,
  )
})
