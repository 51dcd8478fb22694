import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import type { SmtpStep } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

const hang = (at: SmtpStep) => ({
  reply: ({ step }: { step: SmtpStep }) => (step === at ? ({ and: 'hang' } as const) : undefined),
})
const beforeTheBody: SmtpStep[] = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA']

describeDatabase('sqlite', 'a worker that is told to stop', (_kind, fresh) => {
  test('finishes what is under way and claims nothing more', async () => {
    const slow = {
      reply: async ({ step }: { step: string }) => (step === 'dot' ? sleep(300, undefined) : undefined),
    }
    await using line = await openLine((await fresh()).url, {}, slow)
    await line.mail.enqueueMany(Array.from({ length: 30 }, (_, i) => ({ mail: letter(`${i}@example.com`) })))
    const worker = line.mail.worker({ concurrency: 5 })
    await worker.start()
    await until(() => line.smtp.commands.includes('.'))
    await worker.stop()
    const sent = await line.mail.count({ state: 'sent' })
    expect(sent).toBe(line.smtp.received.length)
    expect(sent).toBeLessThan(30)
    expect(await line.mail.stats()).toMatchObject({ unknown: 0, states: { sending: 0, queued: 30 - sent } })
    expect((await line.mail.health()).workers).toEqual([])
  })

  test.each(beforeTheBody)(
    'gives a mail back as it came when its server hangs at %s, and lets no transport rest for that',
    async (step) => {
      await using line = await openLine((await fresh()).url, {}, hang(step))
      const { id } = await line.mail.enqueue(letter('ada@example.com'))
      const worker = line.mail.worker({ stopWithin: '50ms' })
      await worker.start()
      await until(() =>
        step === 'greeting'
          ? line.smtp.sessions.length > 0
          : line.smtp.commands.some((command) => command.startsWith(step)),
      )
      await worker.stop()
      expect(await line.mail.get(id)).toMatchObject({ state: 'queued', attempts: 0, unknowns: 0 })
      expect(await line.mail.attempts(id)).toEqual([])
      expect((await line.mail.health()).backingOff).toEqual([])
    },
  )

  test.each(['retry', 'hold'] as const)(
    'flags a mail that no server has answered for, and does as it says: %s',
    async (onUnknown) => {
      await using line = await openLine((await fresh()).url, {}, hang('dot'))
      const { id } = await line.mail.enqueue(letter('ada@example.com'), { onUnknown })
      const worker = line.mail.worker({ stopWithin: '50ms' })
      await worker.start()
      await until(() => line.smtp.commands.includes('.'))
      await worker.stop()
      expect(await line.mail.get(id)).toMatchObject({
        state: onUnknown === 'hold' ? 'held' : 'queued',
        unknowns: 1,
      })
      expect(await line.mail.attempts(id)).toMatchObject([{ outcome: 'unknown' }])
      expect((await line.mail.health()).backingOff).toEqual([])
    },
  )

  test('stops at once while it begins, before it has begun, and twice', async () => {
    await using line = await openLine((await fresh()).url)
    const unborn = line.mail.worker()
    await unborn.stop()
    await expect(unborn.start()).rejects.toMatchObject({ code: 'PH_WORKER_STATE' })
    const worker = line.mail.worker()
    const started = worker.start()
    await Promise.all([worker.stop(), worker.stop(), started])
    expect((await line.mail.health()).workers).toEqual([])
  })

  test('leaves with success on a SIGTERM amid its work, everything settled', async () => {
    const { url } = await fresh()
    await using line = await openLine(
      url,
      {},
      { reply: async ({ step }) => (step === 'dot' ? sleep(50, undefined) : undefined) },
    )
    await line.mail.enqueueMany(Array.from({ length: 200 }, (_, i) => ({ mail: letter(`${i}@example.com`) })))
    const worker = await workerProcess({ database: url, transports: { default: line.smtp.url } })
    await line.smtp.mails(20)
    worker.process.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
    expect(await line.mail.count({ state: 'sent' })).toBe(line.smtp.received.length)
    expect(await line.mail.stats()).toMatchObject({ unknown: 0, states: { sending: 0 } })
  })
})
