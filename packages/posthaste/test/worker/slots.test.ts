import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { EnqueueOptions } from '../../src/options.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import type { SmtpScript } from '../support/smtp.ts'
import { sqliteLine } from '../support/sqlite-line.ts'
import { until } from '../support/wait.ts'

function letters(count: number, name: string, options: EnqueueOptions = {}) {
  return Array.from({ length: count }, (_, i) => ({ mail: letter(`${name}-${i}@example.com`), ...options }))
}

/** The server never answers a recipient of this name. */
const hangsAt =
  (name: string): SmtpScript =>
  ({ step, address }) =>
    step === 'RCPT' && address.startsWith(name) ? { and: 'hang' } : undefined

describeDatabase('sqlite', 'the slots of a transport', (_kind, fresh) => {
  test('are never all taken by mail of normal priority: one is kept for high', async () => {
    await using line = await openLine((await fresh()).url, {}, { reply: hangsAt('stuck') })
    await line.mail.enqueueMany(letters(20, 'stuck'))
    await using worker = line.mail.worker({ concurrency: 4, stopWithin: '50ms' })
    await worker.start()
    const stuck = () => line.smtp.commands.filter((command) => command.startsWith('RCPT TO:<stuck')).length
    await until(() => stuck() === 3)
    await line.mail.enqueueMany(letters(3, 'urgent', { priority: 'high' }))
    await line.smtp.mails(3, { timeout: 5_000 })
    expect(stuck()).toBe(3)
  })

  test('are at most half taken by mail that is tried again', async () => {
    const refusing: SmtpScript = ({ step }) => (step === 'RCPT' ? '450 4.2.1 not now' : undefined)
    await using line = await sqliteLine({}, { reply: refusing })
    await line.mail.enqueueMany(letters(20, 'again'))
    await line.mail.deliverDue()
    expect(await line.mail.count({ state: 'deferred' })).toBe(20)
    line.tamper('update posthaste_delivery set due_at = 1')
    let retried = 0
    line.smtp.options.reply = ({ step, address }) => {
      if (step !== 'RCPT' || !address.startsWith('again')) return undefined
      retried++
      return { and: 'hang' }
    }
    await using worker = line.mail.worker({ concurrency: 6, stopWithin: '50ms' })
    await worker.start()
    await until(() => retried === 3)
    await line.mail.enqueueMany(letters(10, 'fresh'))
    await line.smtp.mails(10, { timeout: 5_000 })
    expect(retried).toBe(3)
  })

  test('take one mail at a time of those that workers died with, so that the one that kills is found', async () => {
    await using line = await sqliteLine()
    await line.mail.enqueueMany(letters(6, 'suspect'))
    line.tamper('update posthaste_delivery set rescues = 1')
    await line.mail.enqueueMany(letters(10, 'good'))
    const talking = { now: 0, most: 0 }
    line.smtp.options.reply = async ({ step, address }) => {
      if (step !== 'RCPT' || !address.startsWith('suspect')) return undefined
      talking.most = Math.max(talking.most, ++talking.now)
      await sleep(30)
      talking.now--
      return undefined
    }
    await using worker = line.mail.worker()
    await worker.start()
    await line.smtp.mails(16, { timeout: 20_000 })
    expect(talking.most).toBe(1)
  })
})
