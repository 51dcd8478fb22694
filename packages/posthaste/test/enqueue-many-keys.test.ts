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
