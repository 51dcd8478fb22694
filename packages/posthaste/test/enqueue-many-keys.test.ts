import { describe, expect, test } from 'vitest'
import type { ManyItem } from '../src/index.ts'
import { describeEachDatabase } from './support/databases.ts'
import { enqueueScene, inApp } from './support/enqueue-ways.ts'

describeEachDatabase('many mails with keys', (kind, fresh) => {
  const at = enqueueScene(kind, fresh)

  describe('a refusal in enqueueManyIn that the app catches', () => {
    async function nothingStored(items: (tag: string) => ManyItem[], code: string): Promise<void> {
      const tag = `caught ${code}`
      const replaced = await at.mail.enqueue(message('replaced'), { delay: '1h' })
      await at.app.begin()
      const around = [
        { mail: message('a'), tags: [tag], idempotencyKey: `${tag} a` },
        { mail: message('b'), tags: [tag] },
        { mail: message('c'), tags: [tag], replaces: replaced.id },
        ...items(tag),
        { mail: message('d'), tags: [tag], idempotencyKey: `${tag} d` },
      ] as ManyItem<'default'>[]
      await expect(at.mail.enqueueManyIn(at.app.tx, around)).rejects.toMatchObject({ code })
      await at.app.commit()
      expect((await at.mail.find({ tag })).items).toEqual([])
      expect(await at.mail.get(replaced.id)).toMatchObject({ state: 'queued' })
      for (const key of ['a', 'd'])
        expect(await at.mail.enqueue(message('anew'), strict(`${tag} ${key}`))).toMatchObject({
          duplicate: false,
        })
    }

    test('leaves nothing of the mails beside it: a conflict', async () => {
      await at.mail.enqueue(message('holder'), { idempotencyKey: 'caught' })
      await nothingStored(
        (tag) => [
          { mail: { ...message('holder'), to: 'eve@example.com' }, tags: [tag], idempotencyKey: 'caught' },
        ],
        'PH_IDEMPOTENCY_CONFLICT',
      )
    })

    test('a mail that is superseded', async () => {
      const first = await at.mail.enqueue(message('first'), { idempotencyKey: 'over' })
      await at.mail.cancel({ id: first.id })
      await at.mail.enqueue(message('second'), { idempotencyKey: 'over' })
      await nothingStored(
        (tag) => [{ mail: message('third'), tags: [tag], replaces: first.id }],
        'PH_SUPERSEDED',
      )
    })

    test('a content that is gone', async () => {
      const content = await at.mail.attachments.put(Buffer.from('gone'))
      await at.app.run(`delete from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}content`)
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
      const dead = await at.mail.enqueue(message('dead'), { idempotencyKey: `${idempotencyKey} dead` })
      await at.mail.cancel({ id: dead.id })
      const holder = await at.mail.enqueue(message('holder'), { idempotencyKey, delay: '1h' })
      const replacement = { mail: message('new'), tags: [name], idempotencyKey, replaces: holder.id }
      await expect(call(replacement)).rejects.toMatchObject({ code })
      expect((await at.mail.find({ tag: name })).items).toEqual([])
      expect(await at.mail.get(holder.id)).toMatchObject({ state: 'queued', idempotencyKey })
      expect(await at.mail.enqueue(message('holder'), { idempotencyKey })).toMatchObject({
        ...{ id: holder.id, duplicate: true, sameContent: true },
      })
      expect(await at.mail.retry({ id: dead.id })).toBe(1)
      // The key is where it was: the same call without what was refused replaces the at.mail.
      const { id } = await at.mail.enqueue(message('new'), { idempotencyKey, replaces: holder.id })
      expect(await at.mail.get(holder.id)).toMatchObject({ state: 'cancelled' })
      expect(await at.mail.enqueue(message('new'), { idempotencyKey })).toMatchObject({ id, duplicate: true })
    }

    async function conflicting(name: string): Promise<ManyItem<'default'>> {
      const idempotencyKey = `taken ${name}`
      await at.mail.enqueue(message('first'), { idempotencyKey })
      return { mail: { ...message('first'), to: 'eve@example.com' }, tags: [name], idempotencyKey }
    }

    /** Takes the key of mail that will never be delivered. */
    const reviving = (name: string) => ({
      ...{ mail: message('dead'), tags: [name], idempotencyKey: `keeps ${name} dead` },
    })

    async function gone(name: string): Promise<ManyItem<'default'>> {
      const content = await at.mail.attachments.put(Buffer.from(name))
      await at.app.run(`delete from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}content`)
      return { mail: { ...message('empty'), attachments: [{ content }] }, tags: [name] }
    }

    test.each(['before', 'after'])('enqueueManyIn: a conflict %s it', async (where) => {
      const other = await conflicting(`many ${where}`)
      await holderKeeps(
        `many ${where}`,
        (replacement) => {
          const items = [replacement, reviving(`many ${where}`), other]
          return inApp(at.app, () =>
            at.mail.enqueueManyIn(at.app.tx, where === 'after' ? items : items.toReversed()),
          )
        },
        'PH_IDEMPOTENCY_CONFLICT',
      )
    })

    test('enqueueManyIn: a content that is gone', async () => {
      const other = await gone('many gone')
      await holderKeeps(
        'many gone',
        (replacement) =>
          inApp(at.app, () => at.mail.enqueueManyIn(at.app.tx, [replacement, reviving('many gone'), other])),
        'PH_CONTENT_MISSING',
      )
    })

    test('enqueueIn: a content of its own that is gone', async () => {
      const { mail: empty } = await gone('one gone')
      await holderKeeps(
        'one gone',
        ({ mail: _, ...options }) => inApp(at.app, () => at.mail.enqueueIn(at.app.tx, empty, options)),
        'PH_CONTENT_MISSING',
      )
    })

    test('enqueueMany: a conflict', async () => {
      const other = await conflicting('own')
      await holderKeeps(
        'own',
        (replacement) => at.mail.enqueueMany([replacement, reviving('own'), other]),
        'PH_IDEMPOTENCY_CONFLICT',
      )
    })
  })

  test.each(['enqueueMany', 'enqueueManyIn'] as const)(
    '%s: duplicates of mails outside and inside are told, and the others are stored',
    async (way) => {
      const [outside, inside] = [`${way} outside`, `${way} inside`]
      const first = await at.mail.enqueue(message('outside'), { idempotencyKey: outside })
      const dead = await at.mail.enqueue(message('dead'), { idempotencyKey: `${way} dead` })
      await at.mail.cancel({ id: dead.id })
      const items = [
        { mail: message('inside'), tags: [way], idempotencyKey: inside },
        { mail: message('outside'), tags: [way], idempotencyKey: outside },
        { mail: message('inside'), tags: [way], idempotencyKey: inside },
        { mail: message('plain'), tags: [way] },
        { mail: message('new'), tags: [way], idempotencyKey: `${way} dead` },
        { mail: message('new'), tags: [way], idempotencyKey: `${way} dead` },
      ]
      await at.app.begin()
      const { results } =
        way === 'enqueueMany' ? await outsideOf(items) : await at.mail.enqueueManyIn(at.app.tx, items)
      await at.app.commit()
      expect(results.map((one) => one?.status)).toEqual([
        ...['queued', 'duplicate', 'duplicate', 'queued', 'queued', 'duplicate'],
      ])
      expect(results[1]?.id).toBe(first.id)
      expect(results[2]?.id).toBe(results[0]?.id)
      expect(results[5]?.id).toBe(results[4]?.id)
      expect((await at.mail.find({ tag: way })).items).toHaveLength(3)
    },
  )

  /** SQLite's one writer is the app, while its transaction is open. */
  async function outsideOf(items: ManyItem<'default'>[]) {
    await at.app.rollback()
    const result = await at.mail.enqueueMany(items)
    await at.app.begin()
    return result
  }
})

function strict(idempotencyKey: string) {
  return { idempotencyKey, onConflict: 'refuse' as const }
}

function message(text: string) {
  return { from: 'shop@example.com', to: 'ada@example.com', subject: 'Key', text }
}
