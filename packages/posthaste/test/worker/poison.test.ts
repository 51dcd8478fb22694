import { expect, test } from 'vitest'
import type { Transport } from '../../src/transports/transport.ts'
import { type ByHand, openByHand } from '../support/by-hand.ts'
import { describeDatabase, describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

const attached = (bytes: number) => ({
  attachments: [{ filename: 'a.bin', content: Buffer.alloc(bytes, 7) }],
})
const document =
  (text: string) =>
  ({ table, bytes, of }: ByHand, subject: string) =>
    `update ${table('body')} set document = ${bytes(text)} where ${of(subject)}`
const without =
  (name: string) =>
  ({ table, of }: ByHand, subject: string) =>
    `delete from ${table(name)} where ${of(subject)}`
const withoutChunk =
  (seq: number) =>
  ({ table, of }: ByHand, subject: string) =>
    `delete from ${table('chunk')} where seq = ${seq} and content_id in
   (select content_id from ${table('content_use')} where ${of(subject)})`

const damages = {
  'broken json': document('{"v":1,"mail":'),
  'json of something else': document('[1,2,3]'),
  'a value of no kind': document('{"v":1,"mail":{"text":{"$":"nonsense"}},"pins":{}}'),
  'no content': document(
    '{"v":1,"mail":{"text":{"$":"content","as":"buffer","index":9,"size":5}},"pins":{}}',
  ),
  'a nonsense attachment': document(
    '{"v":1,"mail":{"attachments":[{"raw":{"a":5},"content":{}}]},"pins":{}}',
  ),
  'no body': without('body'),
  'no recipients': without('recipient'),
  'no first chunk': withoutChunk(0),
  'no fifth chunk': withoutChunk(4),
}

describeEachDatabase('mail that somebody broke by hand', (kind, fresh) => {
  test('fails alone as unreadable, is kept, and what a later version wrote waits for one', async () => {
    const { url } = await fresh()
    await using line = await openLine(url, { render: 'deliver' })
    const hand = await openByHand(kind, url)
    for (const [subject, damage] of Object.entries(damages)) {
      await line.mail.enqueue(
        letter('ada@example.com', {
          subject,
          ...attached(subject === 'no fifth chunk' ? 2_000_000 : 300_000),
        }),
      )
      await hand.run(damage(hand, subject))
    }
    const later = await line.mail.enqueue(letter('ada@example.com', { subject: 'later' }))
    await hand.run(document('{"v":99}')(hand, 'later'))
    await hand.close()
    await line.mail.enqueue(letter('bob@example.com', { subject: 'sound' }))
    const counts = await line.mail.deliverDue()
    expect(line.smtp.received.map(({ to }) => to)).toEqual([['bob@example.com']])
    const { items } = await line.mail.find({ state: 'failed' })
    expect(items.map(({ subject, reason }) => [subject, reason]).sort()).toEqual(
      Object.keys(damages)
        .sort()
        .map((subject) => [subject, 'unreadable']),
    )
    expect(counts).toMatchObject({ sent: 1, failed: Object.keys(damages).length })
    expect(await line.mail.get(later.id)).toMatchObject({ state: 'queued', attempts: 0 })
  })
})

const odd = (deliver: unknown): Transport => ({
  name: 'odd',
  maxConnections: 2,
  deliver: deliver as Transport['deliver'],
  verify: async () => {},
  close: async () => {},
})
const bare = Object.create(null)
const transports = {
  string: odd(() => {
    throw 'just a string'
  }),
  bare: odd(async () => {
    throw bare
  }),
  nothing: odd(async () => undefined),
  empty: odd(async () => ({ recipients: [] })),
  unheard: odd(async () => ({ recipients: [{ address: 'ada@example.com', verdict: 'perhaps' }] })),
}

describeDatabase('sqlite', 'a transport that breaks its contract', (_kind, fresh) => {
  test('costs its own mail an attempt and stops nobody else, whatever it throws or answers', async () => {
    const names = Object.keys(transports)
    const streams = Object.fromEntries(names.map((name) => [name, { transport: name }]))
    await using line = await openLine((await fresh()).url, { transports, streams })
    const ids = await Promise.all(
      names.map((stream) => line.mail.enqueue(letter('ada@example.com'), { stream })),
    )
    const sound = await line.mail.enqueue(letter('bob@example.com'))
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 1, deferred: names.length })
    expect(await line.mail.get(sound.id)).toMatchObject({ state: 'sent' })
    for (const { id } of ids)
      expect(await line.mail.get(id)).toMatchObject({ state: 'queued', attempts: 1, unknowns: 0 })
    expect((await line.mail.attempts(ids[0]?.id ?? '')).map(({ reply }) => reply)).toEqual(['just a string'])
  })

  test('holds only its own slots when it never answers, and does not keep the worker from stopping', async () => {
    const hanging = odd(
      async ({ mayBegin }: { mayBegin(): Promise<boolean> }) => (await mayBegin()) && new Promise(() => {}),
    )
    await using line = await openLine((await fresh()).url, {
      transports: { hanging },
      streams: { hung: { transport: 'hanging' } },
    })
    const hung = await Promise.all(
      Array.from({ length: 5 }, () => line.mail.enqueue(letter('ada@example.com'), { stream: 'hung' })),
    )
    const worker = line.mail.worker({ stopWithin: '100ms' })
    await worker.start()
    await until(async () => (await line.mail.count({ state: 'sending' })) === 2)
    await line.mail.enqueueMany(Array.from({ length: 100 }, (_, i) => ({ mail: letter(`${i}@example.com`) })))
    await line.smtp.mails(100)
    const before = performance.now()
    await worker.stop()
    expect(performance.now() - before).toBeLessThan(6_000)
    const states = await Promise.all(hung.map(async ({ id }) => (await line.mail.get(id))?.unknowns))
    expect(states.sort()).toEqual([0, 0, 0, 1, 1])
    expect((await line.mail.health()).backingOff).toEqual([])
  })
})

describeDatabase('sqlite', 'a mail at which the server hangs up', (_kind, fresh) => {
  test('uses up its attempts and gives up, while other mail flows and the transport does not rest', async () => {
    await using line = await openLine(
      (await fresh()).url,
      { retry: { first: 10, factor: 1, jitter: 0, giveUpAfter: 2_000 } },
      {
        reply: ({ step }, { to }) =>
          step === 'body' && to[0] === 'poison@example.com' ? { and: 'reset' } : undefined,
      },
    )
    const poison = await line.mail.enqueue(letter('poison@example.com', attached(12_000_000)))
    await line.mail.enqueueMany(Array.from({ length: 20 }, (_, i) => ({ mail: letter(`${i}@example.com`) })))
    await using worker = line.mail.worker()
    const backoffs: unknown[] = []
    worker.on('backoff', (backoff) => backoffs.push(backoff))
    await worker.start()
    expect(await line.mail.settled(poison.id)).toMatchObject({
      state: 'failed',
      reason: 'gave-up',
      unknowns: 0,
    })
    await line.smtp.mails(20)
    const outcomes = (await line.mail.attempts(poison.id)).map(({ outcome }) => outcome)
    expect(outcomes.length).toBeGreaterThan(1)
    expect(new Set(outcomes)).toEqual(new Set(['deferred']))
    expect(backoffs).toEqual([])
  })
})
