import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { QueueConfig } from '../../src/config/queue-config.ts'
import type { Transport } from '../../src/transports/transport.ts'
import { callHere } from '../support/cli.ts'
import { describeDatabase, freshDatabase, serverKinds } from '../support/databases.ts'
import { queueAtHand } from '../support/hand-clock.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import type { SmtpScript } from '../support/smtp/script.ts'
import { startSmtp } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

/** `POSTHASTE_TEST_FAULTS=1000 POSTHASTE_TEST_FAULT_MS=100` is the whole case. */
const many = Number(process.env.POSTHASTE_TEST_FAULTS ?? 60)
const answerAfter = Number(process.env.POSTHASTE_TEST_FAULT_MS ?? 0)
const good = 75

const busy = '421 4.3.2 Service not available'
const isBad = (addresses: readonly string[]) => addresses.some((address) => address.endsWith('bad.example'))

/** The server answers so at RCPT or at the dot of mail to `bad.example`. */
function badAt(step: 'RCPT' | 'dot'): SmtpScript {
  return async (asked, { to, envelope }) => {
    const addresses = asked.step === 'RCPT' ? [asked.address] : [...to, ...envelope]
    if (asked.step !== step || !isBad(addresses)) return undefined
    await delay(answerAfter)
    return busy
  }
}

/** An API that forbids mail to `bad.example`, as an SDK throws it. */
const api: Transport = {
  name: 'api',
  maxConnections: 10,
  async deliver({ envelope, mayBegin }) {
    if (!(await mayBegin())) return { type: 'aborted' }
    if (isBad(envelope.to)) {
      await delay(answerAfter)
      throw Object.assign(new Error('Forbidden'), { status: 403 })
    }
    return {
      type: 'answered',
      recipients: envelope.to.map((address) => ({ address, verdict: 'accepted' })),
    }
  },
  async verify() {},
  async close() {},
}

interface Way {
  readonly config?: Partial<QueueConfig>
  readonly reply?: SmtpScript
  readonly said: string
}

const ways: Record<'RCPT' | 'dot' | 'API', Way> = {
  RCPT: { reply: badAt('RCPT'), said: busy },
  dot: { reply: badAt('dot'), said: busy },
  API: { config: { transports: { default: api } }, said: '403 Forbidden' },
}

/** Milliseconds that each good mail took, which stands behind all the bad ones. */
async function goodTimes(
  { mail }: TestLine,
  bad: number,
  to = (i: number) => `${i}@bad.example`,
): Promise<{ times: number[]; backoffs: number }> {
  await mail.enqueueMany(Array.from({ length: bad }, (_, i) => ({ mail: letter(to(i)) })))
  await mail.enqueueMany(Array.from({ length: good }, (_, i) => ({ mail: letter(`ada@${i}.example`) })))
  const times: number[] = []
  let backoffs = 0
  const worker = mail.worker()
  const began = performance.now()
  worker.on('sent', () => times.push(performance.now() - began))
  worker.on('backoff', () => void backoffs++)
  await worker.start()
  await until(() => times.length === good, { timeout: 800_000, what: 'all good mail is sent' })
  await worker.stop()
  return { times: times.sort((a, b) => a - b), backoffs }
}

for (const kind of ['sqlite', 'postgres', 'mariadb'] as const)
  describeDatabase(kind, 'A5, A6: good mail behind mail that only ever gets a fault', (_kind, fresh) => {
    test.each([
      ['RCPT', 20],
      ['RCPT', many],
      ['dot', many],
      ['API', 20],
      ['API', many],
    ] as const)(
      'a fault at %s, %i times: the transport does not back off, and `show` says why the others wait',
      async (way, bad) => {
        const { url } = await fresh()
        const { config, reply, said } = ways[way]
        await using line = await openLine(url, config, reply && { reply })
        const { mail } = line
        const { times, backoffs } = await goodTimes(line, bad)
        const p99 = Math.round(times[Math.floor(0.99 * good)] ?? Number.POSITIVE_INFINITY)
        if (answerAfter > 0) console.log(`${kind} ${way} ${bad}: p99 ${p99} ms`)
        if (answerAfter > 0) expect(p99).toBeLessThan(5_000)
        expect(backoffs).toBe(0)
        expect((await mail.health()).backingOff).toEqual([])
        const waiting = await mail.find({ state: 'queued' }, { limit: 1_000 })
        expect(waiting.items).toHaveLength(bad)
        for (const { attempts } of waiting.items) expect(attempts).toBeLessThanOrEqual(1)
        const asked = waiting.items.find(({ attempts }) => attempts === 1)
        const env = { DATABASE_URL: url, POSTHASTE_SMTP_URL: 'smtp://127.0.0.1:9' }
        const shown = await callHere(['show', asked?.id ?? ''], { env })
        expect(shown.stdout).toMatch(new RegExp(`waits +until .*, by itself: .*${said}`))
      },
      120_000,
    )
  })

for (const kind of ['sqlite', ...serverKinds] as const)
  describeDatabase(
    kind,
    'A6: good mail behind mail to as many domains that only ever gets a fault',
    (_kind, fresh) => {
      test.each([
        ['RCPT', 20],
        ['RCPT', many],
        ['dot', many],
        ['API', many],
      ] as const)(
        'a fault at %s, %i times: other mail is tried first after the back-off, and goes on to pass',
        async (way, bad) => {
          const { config, reply } = ways[way]
          await using line = await openLine((await fresh()).url, config, reply && { reply })
          const { times } = await goodTimes(line, bad, (i) => `ada@${i}.bad.example`)
          const p99 = Math.round(times[Math.floor(0.99 * good)] ?? Number.POSITIVE_INFINITY)
          if (answerAfter > 0) console.log(`${kind} ${way} ${bad} elsewhere: p99 ${p99} ms`)
          expect(p99).toBeLessThan(answerAfter > 0 ? 5_000 : 10_000)
          expect(await line.mail.count({ state: 'failed' })).toBe(0)
        },
        120_000,
      )
    },
  )

for (const kind of ['sqlite', ...serverKinds] as const)
  describeDatabase(kind, 'A6: the same where a function names the transport', (_kind, fresh) => {
    test('does not keep good mail for a minute', async () => {
      const reply = badAt('RCPT')
      await using line = await openLine((await fresh()).url, { route: () => 'default' }, { reply })
      const { times } = await goodTimes(line, 20, (i) => `ada@${i}.bad.example`)
      expect(times.at(-1)).toBeLessThan(40_000)
    }, 120_000)
  })

test('A6: good mail passes it in passes, too, each of which knows nothing of the last', async () => {
  const smtp = await startSmtp({ reply: badAt('RCPT') })
  const { mail, clock } = queueAtHand({
    database: (await freshDatabase('sqlite')).url,
    transports: { default: smtp.url },
  })
  await mail.migrate()
  await mail.enqueueMany(Array.from({ length: 60 }, (_, i) => ({ mail: letter(`ada@${i}.bad.example`) })))
  await mail.enqueueMany(Array.from({ length: good }, (_, i) => ({ mail: letter(`ada@${i}.example`) })))
  let passes = 0
  while ((await mail.count({ state: 'sent' })) < good) {
    expect(++passes).toBeLessThanOrEqual(6)
    await mail.deliverDue()
    clock.turn(61_000)
  }
  await Promise.all([mail.close(), smtp.close()])
})

/** The first ten are answered, which is all that may be under way at once; the others only when all good mail was sent. */
test('A6: good mail passes mail like what only meets faults, however long that takes', async () => {
  let asked = 0
  const passed = Promise.withResolvers<void>()
  const reply: SmtpScript = async ({ step, address }) => {
    if (step !== 'RCPT' || !isBad([address])) return undefined
    await (++asked <= 10 ? delay(200) : passed.promise)
    return busy
  }
  await using line = await openLine((await freshDatabase('sqlite')).url, {}, { reply })
  const { mail } = line
  await mail.enqueueMany(Array.from({ length: 30 }, (_, i) => ({ mail: letter(`${i}@bad.example`) })))
  await mail.enqueueMany(Array.from({ length: 3 }, (_, i) => ({ mail: letter(`ada@${i}.example`) })))
  let sent = 0
  const worker = mail.worker()
  worker.on('sent', () => void sent++)
  await worker.start()
  await until(() => sent === 3, { timeout: 20_000 }).finally(passed.resolve)
  await worker.stop()
  expect(asked).toBeGreaterThan(10)
})

test('A6: `show` says that a mail waits for its transport, which backs off', async () => {
  const { url } = await freshDatabase('sqlite')
  await using line = await openLine(url, {}, { reply: ({ step }) => (step === 'RCPT' ? busy : undefined) })
  const ids: string[] = []
  for (const name of ['one', 'two', 'three'])
    ids.push((await line.mail.enqueue(letter(`a@${name}.example`))).id)
  await line.mail.deliverDue({ concurrency: 1 })
  const env = { DATABASE_URL: url, POSTHASTE_SMTP_URL: 'smtp://127.0.0.1:9' }
  const { stdout } = await callHere(['show', ids[2] ?? ''], { env })
  expect(stdout).toMatch(/waits +for default, which backs off until 2\d{3}-.*: .*Service not available/)
  expect(stdout).toContain('no attempt yet')
})
