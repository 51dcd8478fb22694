import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

const slow = {
  reply: async ({ step }: { step: string }) => (step === 'dot' ? sleep(200, undefined) : undefined),
}

describeEachDatabase('G2: a queue that is closed while it works', (_kind, fresh) => {
  test('stops its busy worker first: what is under way is settled, and nothing goes twice', async () => {
    const { url } = await fresh()
    await using line = await openLine(url, {}, slow)
    await line.mail.enqueueMany(Array.from({ length: 30 }, (_, i) => ({ mail: letter(`${i}@example.com`) })))
    const worker = line.mail.worker({ concurrency: 5 })
    const errors: unknown[] = []
    worker.on('error', (error) => errors.push(error))
    await worker.start()
    await until(() => line.smtp.commands.includes('.'))
    await Promise.all([line.mail.close(), line.mail.close()])
    await worker.stopped
    expect(errors).toEqual([])
    const again = createMailQueue({ database: url, transports: { default: line.smtp.url } })
    expect(await again.stats()).toMatchObject({ unknown: 0, states: { sending: 0 } })
    expect((await again.health()).workers).toEqual([])
    await again.deliverDue()
    expect(new Set(line.smtp.received.map(({ to }) => to[0])).size).toBe(30)
    expect(line.smtp.received.length).toBe(30)
    await again.close()
  }, 30_000)

  test('stops a worker that is idle, and a pass', async () => {
    const { url } = await fresh()
    await using line = await openLine(url, {}, slow)
    const worker = line.mail.worker()
    await worker.start()
    await until(async () => (await line.mail.health()).workers.length === 1)
    await line.mail.close()
    await worker.stopped
    const passing = createMailQueue({ database: url, transports: { default: line.smtp.url } })
    await passing.enqueueMany(Array.from({ length: 30 }, (_, i) => ({ mail: letter(`${i}@example.com`) })))
    const pass = passing.deliverDue({ concurrency: 2 })
    await until(() => line.smtp.commands.includes('.'))
    await passing.close()
    const { sent } = await pass
    expect(sent).toBeLessThan(30)
    expect(line.smtp.received.length).toBe(sent)
  }, 30_000)
})
