import { expect, test } from 'vitest'
import type { MailQueue } from '../../src/queue/mail-queue.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { openScene, type Scene } from '../support/refusing.ts'
import type { SmtpScript } from '../support/smtp.ts'

const day = 86_400_000
const retry = { first: '1m', giveUpAfter: '4d' } as const

interface Way {
  readonly keepBack: (mail: MailQueue, id: string) => Promise<unknown>
  /** What the server says meanwhile, where it is asked. */
  readonly said?: SmtpScript
  readonly letGo: (mail: MailQueue, id: string) => Promise<unknown>
}

const deferred: SmtpScript = ({ step }) =>
  step === 'RCPT' ? '451 4.7.1 Greylisted, try again later' : undefined

const ways: Readonly<Record<string, Way>> = {
  'held by hand, and released': {
    keepBack: (mail, id) => mail.hold({ id }),
    letGo: (mail, id) => mail.release({ id }),
  },
  'held by hand, and retried': {
    keepBack: (mail, id) => mail.hold({ id }),
    letGo: (mail, id) => mail.retry({ id }),
  },
  'held because its outcome is unknown, and to be sent again': {
    keepBack: (mail) => mail.deliverDue(),
    said: ({ step }) => (step === 'dot' ? { and: 'close' } : undefined),
    letGo: (mail, id) => mail.resolve({ id }, 'retry'),
  },
  'held because its outcome is unknown, and released': {
    keepBack: (mail) => mail.deliverDue(),
    said: ({ step }) => (step === 'dot' ? { and: 'close' } : undefined),
    letGo: (mail, id) => mail.release({ id }),
  },
  'rejected, and retried': {
    keepBack: (mail) => mail.deliverDue(),
    said: ({ step }) => (step === 'RCPT' ? '550 5.1.1 No such user' : undefined),
    letGo: (mail, id) => mail.retry({ id }),
  },
  'cancelled, and retried': {
    keepBack: (mail, id) => mail.cancel({ id }),
    letGo: (mail, id) => mail.retry({ id }),
  },
  'of a stream that was paused, and resumed': {
    keepBack: (mail) => mail.pause({ stream: 'default' }),
    letGo: (mail) => mail.resume({ stream: 'default' }),
  },
  'of a queue that was paused, and resumed': {
    keepBack: (mail) => mail.pause(),
    letGo: (mail) => mail.resume(),
  },
}

describeEachDatabase('mail that was kept back for longer than giveUpAfter', (_kind, fresh) => {
  async function deferredUntil({ mail, clock }: Scene, id: string, ms: number) {
    clock.turn(ms)
    await mail.deliverDue()
    return mail.get(id)
  }

  test.each(Object.entries(ways))(
    '%s: it is tried for the rest of its time',
    async (_title, way) => {
      await using scene = await openScene((await fresh()).url, { retry })
      const { mail, clock, smtp } = scene
      smtp.options.reply = deferred
      const { id } = await mail.enqueue(letter('ada@example.com'), { onUnknown: 'hold' })
      expect(await deferredUntil(scene, id, 0)).toMatchObject({ state: 'queued', attempts: 1 })
      clock.turn(2 * day)
      smtp.options.reply = way.said ?? deferred
      await way.keepBack(mail, id)
      clock.turn(10 * day)
      smtp.options.reply = deferred
      await way.letGo(mail, id)
      expect(await deferredUntil(scene, id, 0)).toMatchObject({ state: 'queued', reason: null })
      expect(await deferredUntil(scene, id, day)).toMatchObject({ state: 'queued', reason: null })
      expect(await deferredUntil(scene, id, day)).toMatchObject({ state: 'failed', reason: 'gave-up' })
    },
    30_000,
  )

  test('it gave up, and was retried: it has one more attempt', async () => {
    await using scene = await openScene((await fresh()).url, { retry })
    const { mail, smtp } = scene
    smtp.options.reply = deferred
    const { id } = await mail.enqueue(letter('ada@example.com'))
    expect(await deferredUntil(scene, id, 5 * day)).toMatchObject({ reason: 'gave-up', attempts: 1 })
    scene.clock.turn(10 * day)
    expect(await mail.retry({ id })).toBe(1)
    expect(await deferredUntil(scene, id, 0)).toMatchObject({ reason: 'gave-up', attempts: 2 })
  })

  test('it was held twice, and while its stream was paused: each counts', async () => {
    await using scene = await openScene((await fresh()).url, { retry })
    const { mail, clock, smtp } = scene
    smtp.options.reply = deferred
    const { id } = await mail.enqueue(letter('ada@example.com'), { delay: '1d' })
    for (const ms of [3 * day, 5 * day]) {
      await mail.hold({ id })
      clock.turn(ms)
      await mail.release({ id })
    }
    for (const ms of [4 * day, 6 * day]) {
      await mail.pause({ stream: 'default' })
      clock.turn(ms)
      await mail.resume({ stream: 'default' })
    }
    // Seven days held, for it was not due on the first of the eight, and ten paused.
    expect(await deferredUntil(scene, id, 3 * day)).toMatchObject({ state: 'queued', attempts: 1 })
    expect(await deferredUntil(scene, id, day)).toMatchObject({ state: 'failed', reason: 'gave-up' })
  })

  test('no transport could be named for it: it waits on', async () => {
    const route = () => {
      throw new Error('the list of tenants cannot be read')
    }
    await using scene = await openScene((await fresh()).url, { retry, route })
    const { mail, clock } = scene
    const { id } = await mail.enqueue(letter('ada@example.com'))
    await mail.hold({ id })
    clock.turn(10 * day)
    await mail.release({ id })
    expect(await deferredUntil(scene, id, 0)).toMatchObject({ state: 'queued', reason: null })
    expect(await mail.attempts(id)).toMatchObject([{ transport: 'route' }])
  })
})
