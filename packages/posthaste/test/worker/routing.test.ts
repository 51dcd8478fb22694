import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { RouteAnswer, RouteQuestion } from '../../src/config/route.ts'
import type { EnqueueOptions } from '../../src/options.ts'
import { describeDatabase, describeEachDatabase } from '../support/databases.ts'
import { queueAtHand } from '../support/hand-clock.ts'
import { letter, openLine } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

const slow = (ms: number) => ({
  reply: async ({ step }: { step: string }) => (step === 'dot' ? sleep(ms, undefined) : undefined),
})

function letters(count: number, tenant: string, options: EnqueueOptions = {}) {
  return Array.from({ length: count }, (_, i) => ({
    mail: letter(`${i}@${tenant}.example`),
    tenant,
    ...options,
  }))
}

describeEachDatabase('B12: a transport that the route function names', (_kind, fresh) => {
  test('keeps its connections and its limit, and stands in the history, as if a stream had named it', async () => {
    const bulk = await startSmtp(slow(10))
    await using line = await openLine((await fresh()).url, {
      transports: { bulk: { url: bulk.url, maxConnections: 2, limit: { perSecond: 20 } } },
      route: ({ tenant }) => (tenant === null ? undefined : 'bulk'),
    })
    await line.mail.enqueueMany(letters(45, 'shop'))
    const { id } = await line.mail.enqueue(letter('ada@shop.example'), { tenant: 'shop', priority: 'high' })
    let most = 0
    bulk.options.reply = async ({ step }) => {
      most = Math.max(most, bulk.open)
      if (step === 'dot') await sleep(10)
      return undefined
    }
    await using worker = line.mail.worker()
    await worker.start()
    const [first] = await bulk.mails(1)
    const began = performance.now()
    await bulk.mails(46, { timeout: 30_000 })
    // A second's worth goes at once, the others at their rate.
    expect(performance.now() - began).toBeGreaterThan(1_000)
    expect(first?.to).toEqual(['ada@shop.example'])
    expect(most).toBe(2)
    await until(async () => (await line.mail.count({ state: 'sent' })) === 46)
    expect((await line.mail.attempts(id)).map(({ transport }) => transport)).toEqual(['bulk'])
    expect((await line.mail.find({ state: 'sent' })).items.every(({ attempts }) => attempts === 1)).toBe(true)
    await worker.stop()
    await bulk.close()
  }, 60_000)

  test('backs off by itself, is named by health, and costs its mail no attempt', async () => {
    const bulk = await startSmtp({ reply: () => ({ and: 'reset' }) })
    const asked: RouteQuestion[] = []
    await using line = await openLine((await fresh()).url, {
      transports: { bulk: bulk.url },
      route: (question) => {
        asked.push(question)
        return question.tenant === 'shop' ? 'bulk' : undefined
      },
    })
    await line.mail.enqueueMany(letters(50, 'shop'))
    await using worker = line.mail.worker({ stopWithin: '1s' })
    await worker.start()
    await until(async () => (await line.mail.health()).backingOff.some(({ name }) => name === 'bulk'))
    await line.mail.enqueueMany(letters(20, 'other'))
    await line.smtp.mails(20, { timeout: 5_000 })
    await until(async () => (await line.mail.count({ state: 'sending' })) === 0)
    const waiting = (await line.mail.find({ tenant: 'shop' }, { limit: 100 })).items
    expect(new Set(waiting.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(
      new Set(['queued 0']),
    )
    expect(bulk.sessions.length).toBeLessThanOrEqual(10)
    expect(asked.some(({ backingOff }) => backingOff.includes('bulk'))).toBe(true)
    await worker.stop()
    await bulk.close()
  }, 60_000)
})

describeDatabase('sqlite', 'a route function', (_kind, fresh) => {
  test('is asked once for a tenant of a stream, and once more for mail that is tried again', async () => {
    const asked: string[] = []
    let refused = 0
    await using line = await openLine(
      (await fresh()).url,
      {
        retry: { first: 1, factor: 1, jitter: 0 },
        route: ({ tenant, attempt }) => void asked.push(`${tenant} ${attempt}`) as undefined,
      },
      { reply: ({ step }) => (step === 'RCPT' && refused++ < 3 ? '450 4.2.1 not now' : undefined) },
    )
    await line.mail.enqueueMany([...letters(100, 'one'), ...letters(100, 'two')])
    await using worker = line.mail.worker()
    await worker.start()
    await line.smtp.mails(200, { timeout: 20_000 })
    expect(asked.length).toBeGreaterThanOrEqual(3)
    expect(new Set(asked).size).toBe(asked.length)
  })

  test('that names a full transport does not hold up mail of another', async () => {
    const stuck = await startSmtp({
      reply: ({ step }) => (step === 'dot' ? ({ and: 'hang' } as const) : undefined),
    })
    await using line = await openLine((await fresh()).url, {
      transports: { stuck: { url: stuck.url, maxConnections: 2 } },
      route: ({ tenant }) => (tenant === 'stuck' ? 'stuck' : 'default'),
    })
    await line.mail.enqueueMany(letters(1_000, 'stuck'))
    await using worker = line.mail.worker({ stopWithin: '50ms' })
    await worker.start()
    await until(() => stuck.commands.filter((command) => command === '.').length === 2)
    await line.mail.enqueueMany(letters(20, 'good'))
    await line.smtp.mails(20, { timeout: 5_000 })
    expect(stuck.sessions.length).toBe(2)
    await worker.stop()
    await stuck.close()
  }, 30_000)

  test('with transports of few connections is served by a pass to the last mail', async () => {
    const few = await startSmtp(slow(5))
    await using line = await openLine((await fresh()).url, {
      transports: { few: { url: few.url, maxConnections: 2 } },
      route: async ({ tenant }) => (tenant === 'small' ? 'few' : undefined),
    })
    await line.mail.enqueueMany([...letters(40, 'small'), ...letters(40, 'usual')])
    expect(await line.mail.deliverDue({ concurrency: 5 })).toMatchObject({ sent: 80, deferred: 0 })
    await few.close()
  })

  test('may describe a transport: changed options are a new one of that name, and the old one is closed', async () => {
    const [before, after] = [await startSmtp(), await startSmtp()]
    let smtp = { host: '127.0.0.1', port: before.port }
    await using line = await openLine((await fresh()).url, {
      route: () => ({ name: 'own', smtp, cacheFor: '1ms' }),
    })
    await using worker = line.mail.worker({ lease: '1s' })
    await worker.start()
    await line.mail.enqueueMany(letters(20, 'one'))
    await before.mails(20)
    smtp = { host: '127.0.0.1', port: after.port }
    await line.mail.enqueueMany(letters(20, 'two'))
    await after.mails(20)
    await until(() => before.open === 0)
    expect(before.received.length).toBe(20)
    await until(async () => (await line.mail.count({ state: 'sent' })) === 40)
    const { items } = await line.mail.find({ tenant: 'two' })
    expect((await line.mail.attempts(items[0]?.id ?? '')).map(({ transport }) => transport)).toEqual(['own'])
    await worker.stop()
    await Promise.all([before.close(), after.close()])
  })
})

const failing: [string, () => unknown, RegExp][] = [
  [
    'throws',
    () => {
      throw new Error('no such tenant')
    },
    /no such tenant/,
  ],
  ['rejects', () => Promise.reject(new Error('the directory is away')), /the directory is away/],
  ['names no transport that there is', () => 'nowhere', /nowhere/],
  ['answers nonsense', () => 42, /a number is not a transport/],
  ['describes nonsense', () => ({ name: 'own', smtp: { port: 'many' } }), /port/],
  ['never settles', () => new Promise(() => {}), /no answer within 10 s/],
]

describeDatabase('sqlite', 'G19: a route function', (_kind, fresh) => {
  test.each(failing)('that %s defers that mail, by name, and lets other mail go', async (_, bad, reason) => {
    const smtp = await startSmtp()
    const { mail, clock } = queueAtHand({
      database: (await fresh()).url,
      transports: { default: smtp.url },
      route: ({ tenant }) => (tenant === 'bad' ? (bad() as RouteAnswer) : undefined),
    })
    await mail.migrate()
    await mail.enqueueMany(letters(30, 'bad'))
    await mail.enqueueMany(letters(30, 'good'))
    const worker = mail.worker()
    await worker.start()
    await smtp.mails(30, { timeout: 5_000 })
    clock.turn(10_000)
    const told = async () => {
      const { items } = await mail.find({ tenant: 'bad' }, { limit: 100 })
      const all = await Promise.all(items.map(({ id }) => mail.attempts(id)))
      return all.flat()
    }
    await until(async () => (await told()).length > 0)
    const [attempt] = await told()
    expect(attempt).toMatchObject({ outcome: 'fault', transport: 'route' })
    expect(attempt?.reply).toMatch(reason)
    expect((await mail.find({ tenant: 'bad' })).items[0]).toMatchObject({ state: 'queued', attempts: 0 })
    await worker.stop()
    await mail.close()
    await smtp.close()
  })
})
