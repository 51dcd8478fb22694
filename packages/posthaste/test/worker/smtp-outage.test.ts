import { expect, test } from 'vitest'
import { describeDatabase } from '../support/databases.ts'
import { queueAtHand } from '../support/hand-clock.ts'
import { letter } from '../support/line.ts'
import { type SmtpServer, startSmtp } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

const many = 10_000
const drained = 1_000
const slots = 5
const hour = 3_600_000
const minute = 60_000

/** From now on the server is well; tells how many connections there ever were at once, and how many when it took its first mail. */
function mend(smtp: SmtpServer): { most: number; first: number } {
  const seen = { most: 0, first: 0 }
  const before = smtp.sessions.length
  smtp.options.reply = ({ step }) => {
    seen.most = Math.max(seen.most, smtp.open)
    if (step === 'dot' && seen.first === 0) seen.first = smtp.sessions.length - before
    return undefined
  }
  return seen
}

for (const kind of ['sqlite', 'postgres'] as const)
  describeDatabase(kind, 'an hour without a mail server, and ten thousand mails', (_kind, fresh) => {
    test('cost one probe at a time and no attempt; then the queue drains in its order, through no more connections than are allowed', async () => {
      const smtp = await startSmtp({ reply: () => ({ and: 'reset' }) })
      const { mail, clock } = queueAtHand({
        database: (await fresh()).url,
        transports: { default: { url: smtp.url, maxConnections: slots } },
        render: 'deliver',
      })
      await mail.migrate()
      const start = clock.now()
      await mail.enqueueMany(
        Array.from({ length: many }, (_, i) => ({
          mail: letter(`${i}@example.com`),
          sendAt: new Date(start - many + i),
        })),
      )
      const worker = mail.worker({ lease: '3h', housekeeping: false, concurrency: 50, stopWithin: '1s' })
      const backoffs: { at: number; until: number }[] = []
      worker.on('backoff', ({ until }) => backoffs.push({ at: clock.now(), until: until.getTime() }))
      await worker.start()
      await until(() => backoffs.length === 1)
      await until(async () => (await mail.count({ state: 'sending' })) === 0)
      expect(smtp.sessions.length).toBeLessThanOrEqual(slots)

      const restOver = () => clock.turn((backoffs.at(-1)?.until ?? 0) - clock.now())
      const began = clock.now()
      while (clock.now() - began < hour) {
        const [probes, known] = [smtp.sessions.length, backoffs.length]
        restOver()
        await until(() => backoffs.length === known + 1)
        expect(smtp.sessions.length).toBe(probes + 1)
      }
      const waits = backoffs.map((rest) => rest.until - rest.at)
      expect(Math.max(...waits)).toBeLessThanOrEqual(5 * minute)
      expect(Math.max(...waits)).toBeGreaterThan(3 * minute)
      expect(backoffs.length).toBeLessThan(30)
      expect(await mail.count({ state: 'deferred' })).toBe(0)
      // It is told before it is written.
      await until(async () => (await mail.health()).backingOff[0]?.name === 'default')

      const seen = mend(smtp)
      restOver()
      await smtp.mails(drained, { timeout: 100_000 })
      await worker.stop()
      expect(seen.first).toBe(1)
      expect(seen.most).toBeGreaterThan(1)
      expect(seen.most).toBeLessThanOrEqual(slots)
      const { states, unknown } = await mail.stats()
      expect({ unknown, ...states }).toMatchObject({
        unknown: 0,
        sent: smtp.received.length,
        failed: 0,
        sending: 0,
      })
      expect(states.queued).toBe(many - smtp.received.length)
      expect(inOrder(smtp)).toBe(true)
      await mail.close()
      await smtp.close()
    }, 180_000)
  })

/** Those that the outage had put off come later; of the others none is passed by more than what was under way beside it. */
function inOrder({ received }: SmtpServer): boolean {
  const numbers = received.map(({ to }) => Number.parseInt(to[0] ?? '', 10))
  const sorted = [...numbers].sort((a, b) => a - b)
  return numbers.every((one, place) => Math.abs(sorted.indexOf(one) - place) < 100)
}
