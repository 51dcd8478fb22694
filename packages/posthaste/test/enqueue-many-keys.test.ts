import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue, type ManyItem } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase } from './support/databases.ts'

describeEachDatabase('many mails with keys', (kind, fresh) => {
  let mail: MailQueue<'default'>
  let app: AppDatabase

  beforeAll(async () => {
    const { url } = await fresh()
    mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
  })

  describe('a refusal in enqueueManyIn that the app catches', () => {
    async function nothingStored(items: (tag: string) => ManyItem[], code: string): Promise<void> {
      const tag = `caught ${code}`
      const replaced = await mail.enqueue(message('replaced'), { delay: '1h' })
      await app.begin()
      const around = [
        { mail: message('a'), tags: [tag], idempotencyKey: `${tag} a` },
        { mail: message('b'), tags: [tag] },
        { mail: message('c'), tags: [tag], replaces: replaced.id },
        ...items(tag),
        { mail: message('d'), tags: [tag], idempotencyKey: `${tag} d` },
      ] as ManyItem<'default'>[]
      await expect(mail.enqueueManyIn(app.tx, around)).rejects.toMatchObject({ code })
      await app.commit()
      expect((await mail.find({ tag })).items).toEqual([])
      expect(await mail.get(replaced.id)).toMatchObject({ state: 'queued' })
      for (const key of ['a', 'd'])
        expect(await mail.enqueue(message('anew'), strict(`${tag} ${key}`))).toMatchObject({
          duplicate: false,
        })
    }

    test('leaves nothing of the mails beside it: a conflict', async () => {
      await mail.enqueue(message('holder'), { idempotencyKey: 'caught' })
      await nothingStored(
        (tag) => [
          { mail: { ...message('holder'), to: 'eve@example.com' }, tags: [tag], idempotencyKey: 'caught' },
        ],
        'PH_IDEMPOTENCY_CONFLICT',
      )
    })

    test('a mail that is superseded', async () => {
      const first = await mail.enqueue(message('first'), { idempotencyKey: 'over' })
      await mail.cancel({ id: first.id })
      await mail.enqueue(message('second'), { idempotencyKey: 'over' })
      await nothingStored(
        (tag) => [{ mail: message('third'), tags: [tag], replaces: first.id }],
        'PH_SUPERSEDED',
      )
    })

    test('a content that is gone', async () => {
      const content = await mail.attachments.put(Buffer.from('gone'))
      await app.run(`delete from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}content`)
      await nothingStored(
        (tag) => [{ mail: { ...message('empty'), attachments: [{ content }] }, tags: [tag] }],
        'PH_CONTENT_MISSING',
      )
    })
  })

  describe('a mail that replaces the holder of its key, where the call is refused and the app goes on', () => {
    async function holderKeeps(
      name: string,
      call: (replacement: ManyItem<'default'>) => Promise<unknown>,
      code: string,
    ): Promise<void> {
      const idempotencyKey = `keeps ${name}`
      const dead = await mail.enqueue(message('dead'), { idempotencyKey: `${idempotencyKey} dead` })
      await mail.cancel({ id: dead.id })
      const holder = await mail.enqueue(message('holder'), { idempotencyKey, delay: '1h' })
      const replacement = { mail: message('new'), tags: [name], idempotencyKey, replaces: holder.id }
      await expect(call(replacement)).rejects.toMatchObject({ code })
      expect((await mail.find({ tag: name })).items).toEqual([])
      expect(await mail.get(holder.id)).toMatchObject({ state: 'queued', idempotencyKey })
      expect(await mail.enqueue(message('holder'), { idempotencyKey })).toMatchObject({
        ...{ id: holder.id, duplicate: true, sameContent: true },
      })
      expect(await mail.retry({ id: dead.id })).toBe(1)
      // The key is where it was: the same call without what was refused replaces the mail.
      const { id } = await mail.enqueue(message('new'), { idempotencyKey, replaces: holder.id })
      expect(await mail.get(holder.id)).toMatchObject({ state: 'cancelled' })
      expect(await mail.enqueue(message('new'), { idempotencyKey })).toMatchObject({ id, duplicate: true })
    }

    async function inApp<T>(work: () => Promise<T>): Promise<T> {
      await app.begin()
      try {
        return await work()
      } finally {
        await app.commit()
      }
    }

    async function conflicting(name: string): Promise<ManyItem<'default'>> {
      const idempotencyKey = `taken ${name}`
      await mail.enqueue(message('first'), { idempotencyKey })
      return { mail: { ...message('first'), to: 'eve@example.com' }, tags: [name], idempotencyKey }
    }

    /** Takes the key of mail that will never be delivered. */
    const reviving = (name: string) => ({
      ...{ mail: message('dead'), tags: [name], idempotencyKey: `keeps ${name} dead` },
    })

    async function gone(name: string): Promise<ManyItem<'default'>> {
      const content = await mail.attachments.put(Buffer.from(name))
      await app.run(`delete from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}content`)
      return { mail: { ...message('empty'), attachments: [{ content }] }, tags: [name] }
    }

    test.each(['before', 'after'])('enqueueManyIn: a conflict %s it', async (where) => {
      const other = await conflicting(`many ${where}`)
      await holderKeeps(
        `many ${where}`,
        (replacement) => {
          const items = [replacement, reviving(`many ${where}`), other]
          return inApp(() => mail.enqueueManyIn(app.tx, where === 'after' ? items : items.toReversed()))
        },
        'PH_IDEMPOTENCY_CONFLICT',
      )
    })

    test('enqueueManyIn: a content that is gone', async () => {
      const other = await gone('many gone')
      await holderKeeps(
        'many gone',
        (replacement) => inApp(() => mail.enqueueManyIn(app.tx, [replacement, reviving('many gone'), other])),
        'PH_CONTENT_MISSING',
      )
    })

    test('enqueueIn: a content of its own that is gone', async () => {
      const { mail: empty } = await gone('one gone')
      await holderKeeps(
        'one gone',
        ({ mail: _, ...options }) => inApp(() => mail.enqueueIn(app.tx, empty, options)),
        'PH_CONTENT_MISSING',
      )
    })

    test('enqueueMany: a conflict', async () => {
      const other = await conflicting('own')
      await holderKeeps(
        'own',
        (replacement) => mail.enqueueMany([replacement, reviving('own'), other]),
        'PH_IDEMPOTENCY_CONFLICT',
      )
    })
  })

  test.each(['enqueueMany', 'enqueueManyIn'] as const)(
    '%s: duplicates of mails outside and inside are told, and the others are stored',
    async (way) => {
      const [outside, inside] = [`${way} outside`, `${way} inside`]
      const first = await mail.enqueue(message('outside'), { idempotencyKey: outside })
      const dead = await mail.enqueue(message('dead'), { idempotencyKey: `${way} dead` })
      await mail.cancel({ id: dead.id })
      const items = [
        { mail: message('inside'), tags: [way], idempotencyKey: inside },
        { mail: message('outside'), tags: [way], idempotencyKey: outside },
        { mail: message('inside'), tags: [way], idempotencyKey: inside },
        { mail: message('plain'), tags: [way] },
        { mail: message('new'), tags: [way], idempotencyKey: `${way} dead` },
        { mail: message('new'), tags: [way], idempotencyKey: `${way} dead` },
      ]
      await app.begin()
      const { results } =
        way === 'enqueueMany' ? await outsideOf(items) : await mail.enqueueManyIn(app.tx, items)
      await app.commit()
      expect(results.map((one) => one?.status)).toEqual([
        ...['queued', 'duplicate', 'duplicate', 'queued', 'queued', 'duplicate'],
      ])
      expect(results[1]?.id).toBe(first.id)
      expect(results[2]?.id).toBe(results[0]?.id)
      expect(results[5]?.id).toBe(results[4]?.id)
      expect((await mail.find({ tag: way })).items).toHaveLength(3)
    },
  )

  /** SQLite's one writer is the app, while its transaction is open. */
  async function outsideOf(items: ManyItem<'default'>[]) {
    await app.rollback()
    const result = await mail.enqueueMany(items)
    await app.begin()
    return result
  }
})

function strict(idempotencyKey: string) {
  return { idempotencyKey, onConflict: 'refuse' as const }
}

function message(text: string) {
  return { from: 'shop@example.com', to: 'ada@example.com', subject: 'Key', text }
}
