import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { callHere, posthasteJson } from '../support/cli.ts'
import { describeEachDatabase, freshDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'

const ada = 'ada@example.com'
const streams = { newsletter: {}, invoices: {} }

/** Which of these mails are stopped: tenant and stream. */
const mails = [
  ['a', 'newsletter'],
  ['a', 'invoices'],
  ['b', 'newsletter'],
  [undefined, 'newsletter'],
] as const

/** Design §4.10. Neighbours: at the enqueue and at the claim, one or many mails, domains, hashes of the forgotten, the command line. */
describeEachDatabase('B14 suppressions of tenants', (_, fresh) => {
  let mail: MailQueue
  let own: MailQueue
  let env: Record<string, string>

  beforeAll(async () => {
    const database = (await fresh()).url
    mail = createMailQueue({ database, streams, delivery: 'capture' })
    own = createMailQueue({ database, streams, delivery: 'capture', bounces: 'tenant' })
    env = { DATABASE_URL: database, POSTHASTE_SMTP_URL: 'smtp://127.0.0.1:9' }
    await mail.migrate()
  })

  afterEach(async () => {
    for await (const { address, stream, tenant } of mail.suppressions.export())
      await mail.suppressions.remove(address, { stream: stream ?? '', tenant: tenant ?? '' })
    await mail.cancel({ all: true })
  })

  afterAll(async () => {
    await own.close()
    await mail.close()
  })

  describe.each([
    ['an unsubscribe belongs to its tenant and stream', 'unsubscribed', ['a newsletter']],
    ['a complaint counts for all streams of its tenant', 'complained', ['a newsletter', 'a invoices']],
    ['a bounce counts for all', 'bounced', mails.map(([tenant, stream]) => `${tenant} ${stream}`)],
  ])('B14 %s', (_title, reason, stopped) => {
    test.each([ada, '@example.com'])('when %s is mailed, at the enqueue and at the claim', async (entry) => {
      const waiting = await enqueueAll(mail)
      await mail.suppressions.add(entry, { reason, tenant: 'a', stream: 'newsletter' })
      await mail.deliverDue()
      expect(await suppressedOf(waiting)).toEqual(stopped)
      expect(await suppressedOf(await enqueueAll(mail))).toEqual(stopped)
      const { results } = await mail.enqueueMany(
        mails.map(([tenant, stream]) => ({ mail: letter(ada), tenant, stream })),
      )
      expect(await suppressedOf(results.map((one) => one?.id ?? ''))).toEqual(stopped)
      for (const [tenant, stream] of mails)
        expect(await mail.suppressions.check(ada, { tenant, stream })).toHaveLength(
          stopped.includes(`${tenant} ${stream}`) ? 1 : 0,
        )
    })
  })

  test("B14 with bounces: 'tenant' a bounce counts for its tenant", async () => {
    await own.suppressions.add(ada, { reason: 'bounced', tenant: 'a', stream: 'newsletter' })
    expect(await suppressedOf(await enqueueAll(own))).toEqual(['a newsletter', 'a invoices'])
    await own.suppressions.add(ada, { reason: 'bounced' })
    expect(await suppressedOf(await enqueueAll(own))).toHaveLength(mails.length)
  })

  test('B14 a suppression without a tenant counts for all, and stays beside those of tenants', async () => {
    expect(await mail.suppressions.add(ada, { tenant: 'a' })).toBe(true)
    expect(await mail.suppressions.add(ada, { tenant: 'b' })).toBe(true)
    expect(await mail.suppressions.add(ada)).toBe(true)
    expect(await mail.suppressions.add(ada, { tenant: 'a', note: 'anew' })).toBe(false)
    const { items } = await mail.suppressions.list({ limit: 2 })
    expect(items.map(({ tenant }) => tenant)).toEqual([null, 'a'])
    expect(await mail.suppressions.remove(ada)).toBe(true)
    expect(await suppressedOf(await enqueueAll(mail))).toEqual(['a newsletter', 'a invoices', 'b newsletter'])
    expect(await mail.suppressions.remove(ada, { tenant: 'a' })).toBe(true)
    expect(await mail.suppressions.remove(ada, { tenant: 'a' })).toBe(false)
    expect(await suppressedOf(await enqueueAll(mail))).toEqual(['b newsletter'])
  })

  test('B14 pages go on between the entries of one address', async () => {
    for (const tenant of ['a', 'b', 'c']) await mail.suppressions.add(ada, { tenant, stream: 'invoices' })
    const seen: (string | null)[] = []
    for (let after: string | undefined; ; ) {
      const { items, next } = await mail.suppressions.list({ limit: 1, after })
      seen.push(...items.map(({ tenant }) => tenant))
      if (next === undefined) break
      after = next
    }
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('B14 who was forgotten stays suppressed, for the same tenant', async () => {
    await mail.suppressions.add(ada, { tenant: 'a' })
    await mail.forget(ada)
    expect(await suppressedOf(await enqueueAll(mail))).toEqual(['a newsletter', 'a invoices'])
    expect(await mail.suppressions.remove(ada, { tenant: 'a' })).toBe(true)
  })

  test('B14 the command line adds, checks, exports, imports and removes them', async () => {
    await posthasteJson(['suppress', 'add', ada, '--tenant', 'a', '--reason', 'unsubscribed'], { env })
    const check = (tenant: string) => posthasteJson(['suppress', 'check', ada, '--tenant', tenant], { env })
    expect(await check('a')).toMatchObject({ suppressed: true, entries: [{ tenant: 'a' }] })
    expect(await check('b')).toMatchObject({ suppressed: false })
    const { stdout } = await callHere(['suppress', 'export'], { env })
    expect(stdout).toContain(`${ada},,unsubscribed,cli,,,a`)
    expect(await posthasteJson(['suppress', 'remove', ada, '--tenant', 'a'], { env })).toEqual({
      removed: true,
    })
  })

  async function enqueueAll(queue: MailQueue): Promise<string[]> {
    const ids: string[] = []
    for (const [tenant, stream] of mails) ids.push((await queue.enqueue(letter(ada), { tenant, stream })).id)
    return ids
  }

  async function suppressedOf(ids: readonly string[]): Promise<string[]> {
    const records = await Promise.all(ids.map((id) => mail.get(id)))
    return records.flatMap((record) =>
      record?.state === 'suppressed' ? [`${record.tenant ?? undefined} ${record.stream}`] : [],
    )
  }
})

test('B23 a suppression of a stream that nothing has is refused, with the names there are', async () => {
  const { url, drop } = await freshDatabase('sqlite')
  const mail = createMailQueue({ database: url, streams, delivery: 'capture' })
  const refusal = {
    code: 'PH_STREAM_UNKNOWN',
    message: expect.stringMatching(/'newsleter'.*newsletter.*invoices/),
  }
  const stream = 'newsleter'
  const list = mail.suppressions
  await expect(list.add(ada, { stream })).rejects.toMatchObject(refusal)
  await expect(list.import([ada, { address: '@example.com', stream }])).rejects.toMatchObject(refusal)
  await expect(list.remove(ada, { stream })).rejects.toMatchObject(refusal)
  await expect(list.check(ada, { stream })).rejects.toMatchObject(refusal)
  expect((await list.list()).items).toEqual([])
  const earlier = createMailQueue({ database: url, streams: { [stream]: {} }, delivery: 'capture' })
  await earlier.suppressions.add(ada, { stream })
  expect(await list.remove(ada, { stream }), 'of a stream that was taken out of the configuration').toBe(true)
  await earlier.enqueue(letter('grace@example.com'), { stream })
  expect(await list.add(ada, { stream }), 'of a stream that has mail').toBe(true)
  await earlier.close()
  await mail.close()
  await drop()
})
