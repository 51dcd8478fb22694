import { expect, test } from 'vitest'
import { Suspicions } from '../../src/routing/suspicions.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import type { SmtpScript } from '../support/smtp/script.ts'
import { until } from '../support/wait.ts'

const busy = '421 4.3.2 Service not available'

/** The server answers so at RCPT or at the dot of mail to `bad.example`. */
function badAt(step: 'RCPT' | 'dot', line: string): SmtpScript {
  return (asked, { to, envelope }) => {
    const address = asked.step === 'RCPT' ? asked.address : [...to, ...envelope].join()
    return asked.step === step && address.includes('@bad.example') ? line : undefined
  }
}

/** Milliseconds from now until each of the good mails, which stand behind the bad ones, was sent. */
async function goodTimes(line: TestLine, { bad, good }: { bad: number; good: number }): Promise<number[]> {
  await line.mail.enqueueMany(Array.from({ length: bad }, (_, i) => ({ mail: letter(`${i}@bad.example`) })))
  await line.mail.enqueueMany(Array.from({ length: good }, (_, i) => ({ mail: letter(`ada@${i}.example`) })))
  const times: number[] = []
  const worker = line.mail.worker()
  const began = performance.now()
  worker.on('sent', () => times.push(performance.now() - began))
  await worker.start()
  await until(() => times.length === good, { timeout: 30_000, what: 'all good mail is sent' })
  await until(async () => (await line.mail.count({ state: 'sending' })) === 0)
  await worker.stop()
  return times.sort((a, b) => a - b)
}

for (const kind of ['sqlite', 'postgres'] as const)
  describeDatabase(kind, 'A5, A6: a fault that one recipient domain meets', (_kind, fresh) => {
    test.each([
      ['RCPT', busy, 20],
      ['RCPT', '454 4.7.1 Relay access denied', 20],
      ['dot', busy, 20],
    ] as const)(
      'at %s, %s: %i such mails wait by themselves, and good mail behind them goes at once',
      async (step, reply, bad) => {
        await using line = await openLine((await fresh()).url, {}, { reply: badAt(step, reply) })
        const times = await goodTimes(line, { bad, good: 75 })
        expect(times[Math.floor(0.99 * 75)]).toBeLessThan(5_000)
        expect((await line.mail.health()).backingOff).toEqual([])
        const waiting = await line.mail.find({ state: 'queued' }, { limit: 1_000 })
        expect(waiting.items).toHaveLength(bad)
        for (const { attempts, dueAt } of waiting.items) {
          expect(attempts).toBe(1)
          expect(dueAt.getTime()).toBeGreaterThan(Date.now())
        }
      },
      90_000,
    )
  })

const fault = { kind: 'throttled', scope: 'unknown', message: busy } as const
const to = (address: string) => ({ sender: 'shop@example.com', recipients: [{ address }] })

test('a fault is the transport’s when mail to another domain, or from another, meets the same within a minute', () => {
  const suspicions = new Suspicions(10)
  expect(suspicions.confirms(fault, to('a@bad.example'), 0)).toBe(false)
  expect(suspicions.confirms(fault, to('b@BAD.example'), 1_000)).toBe(false)
  expect(suspicions.confirms({ ...fault, kind: 'account' }, to('a@other.example'), 2_000)).toBe(false)
  expect(suspicions.confirms(fault, to('a@other.example'), 62_000)).toBe(false)
  expect(suspicions.confirms(fault, { ...to('a@other.example'), sender: 'x@else.example' }, 63_000)).toBe(
    true,
  )
  expect(suspicions.confirms(fault, to('a@bad.example'), 64_000)).toBe(true)
})

test('a mail that the transport accepts between takes the suspicion away', () => {
  const suspicions = new Suspicions(10)
  expect(suspicions.confirms(fault, to('a@bad.example'), 0)).toBe(false)
  suspicions.clear({ now: 0, endsBackoff: false })
  expect(suspicions.confirms(fault, to('a@other.example'), 1_000)).toBe(false)
})

test('mails to different domains that meet the same make the transport back off, and neither is its next probe', async () => {
  await using line = await openLine(
    'sqlite::memory:',
    {},
    {
      reply: ({ step }) => (step === 'RCPT' ? busy : undefined),
    },
  )
  const worker = line.mail.worker({ concurrency: 1 })
  const backoffs: number[] = []
  worker.on('backoff', ({ until: end }) => backoffs.push(end.getTime()))
  await worker.start()
  await line.mail.enqueue(letter('a@one.example'))
  const second = await line.mail.enqueue(letter('a@two.example'))
  await until(() => backoffs.length === 1)
  const dueAt = () => line.mail.get(second.id).then((mail) => mail?.dueAt.getTime() ?? 0)
  await until(async () => (await dueAt()) >= (backoffs[0] ?? 0) + 60_000)
  expect((await line.mail.get(second.id))?.attempts).toBe(0)
  await worker.stop()
})
