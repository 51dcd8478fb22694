import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { ManyItem, ManyOptions } from '../src/index.ts'
import { counted } from './support/counted-handle.ts'
import { describeEachDatabase } from './support/databases.ts'
import { enqueueScene, inApp } from './support/enqueue-ways.ts'
import { until } from './support/wait.ts'

describeEachDatabase('many mails', (kind, fresh) => {
  const at = enqueueScene(kind, fresh)

  type Items = Iterable<ManyItem> | AsyncIterable<ManyItem>
  const ways = {
    enqueueMany: (items: Items, options?: ManyOptions) =>
      at.mail.enqueueMany(items as Iterable<ManyItem<'default'>>, options),
    enqueueManyIn: (items: Items, options?: ManyOptions) =>
      inApp(at.app, () => at.mail.enqueueManyIn(at.app.tx, items as Iterable<ManyItem<'default'>>, options)),
  }

  describe.each(['enqueueMany', 'enqueueManyIn'] as const)('by %s', (way) => {
    test('come from an iterable, a generator or an async one, in their order', async () => {
      const items = Array.from({ length: 7 }, (_, n) => ({ mail: letter(`n${n}`), tags: [`${way}-${n}`] }))
      for (const source of [items, items.values(), Readable.from(items)]) {
        const { queued, results } = await ways[way](source, { chunk: 3 })
        expect(queued).toBe(7)
        for (const [n, one] of results.entries())
          expect(await at.mail.get(one?.id ?? '')).toMatchObject({ tags: [`${way}-${n}`] })
      }
    })

    test('an option of a mail beside the list, where it would count for none, is refused', async () => {
      const misplaced = { priority: 'bulk' } as object
      await expect(ways[way]([{ mail: letter('a') }], misplaced)).rejects.toMatchObject({
        code: 'PH_OPTION_UNKNOWN',
      })
    })

    test('strict: a bad one ends the call with its index, and nothing of its chunk is stored', async () => {
      const tag = `${way} strict`
      const items = ['a', 'b', 'c', 'd'].map((to) => ({ mail: letter(to), tags: [tag] }))
      const bad = { mail: { ...letter('x'), to: 'nobody' }, tags: [tag] }
      await expect(ways[way]([...items, bad, ...items], { chunk: 3 })).rejects.toMatchObject({
        code: 'PH_BATCH_INVALID',
        errors: [{ index: 4, code: 'PH_ADDRESS_INVALID' }],
      })
      expect((await at.mail.find({ tag })).items).toHaveLength(3)
    })

    test('skip: bad ones are left out and told of, also those whose content cannot be read', async () => {
      const unreadable = { ...letter('y'), attachments: [{ path: '/nowhere/at-all' }] }
      const { queued, results, errors } = await ways[way](
        [
          { mail: letter('a') },
          { mail: unreadable },
          { mail: { ...letter('b'), to: [] } },
          { mail: letter('c') },
          null as never,
        ],
        { onInvalid: 'skip' },
      )
      expect(queued).toBe(2)
      expect(results.map((one) => one?.status)).toEqual(['queued', undefined, undefined, 'queued', undefined])
      expect(errors.map(({ index, code }) => [index, code])).toEqual([
        [1, 'PH_PATH_REFUSED'],
        [2, 'PH_NO_RECIPIENTS'],
        [4, 'PH_MAIL_INVALID'],
      ])
    })

    test('skip: so are those whose key belongs to other recipients, and superseded ones', async () => {
      const [held, over] = [`${way} held`, `${way} over`]
      await at.mail.enqueue(letter('holder'), { idempotencyKey: held })
      const first = await at.mail.enqueue(letter('first'), { idempotencyKey: over })
      await at.mail.cancel({ id: first.id })
      await at.mail.enqueue(letter('first'), { idempotencyKey: over })
      const pdf = Buffer.alloc(300_000, way)
      const withPdf = (name: string) => ({ ...letter(name), attachments: [{ content: pdf }] })
      const { queued, duplicates, results, errors } = await ways[way](
        [
          { mail: withPdf('a') },
          { mail: withPdf('other'), idempotencyKey: held },
          { mail: letter('b'), idempotencyKey: `${way} own` },
          { mail: { ...letter('x'), to: 'nobody' } },
          { mail: withPdf('c'), replaces: first.id },
          { mail: letter('b'), idempotencyKey: `${way} own` },
          { mail: withPdf('d') },
        ],
        { onInvalid: 'skip' },
      )
      expect({ queued, duplicates }).toEqual({ queued: 3, duplicates: 1 })
      expect(errors.map(({ index, code }) => [index, code])).toEqual([
        [1, 'PH_IDEMPOTENCY_CONFLICT'],
        [3, 'PH_ADDRESS_INVALID'],
        [4, 'PH_SUPERSEDED'],
      ])
      expect(results.map((one) => one?.status)).toEqual([
        ...['queued', undefined, 'queued', undefined, undefined, 'duplicate', 'queued'],
      ])
      const ids = results.flatMap((one) => (one?.duplicate === false ? [one.id] : []))
      expect(await at.mail.deliverDue({ ids })).toMatchObject({ sent: 3 })
    })

    test('store what they share once, also over chunks, and streams too', async () => {
      const before = await count('content')
      const pdf = Buffer.alloc(1_500_000, way)
      const stream = Readable.from([pdf], { objectMode: false })
      const items = Array.from({ length: 25 }, (_, n) => ({
        mail: { ...letter(`s${n}`), attachments: [{ content: pdf }, { content: stream }] },
      }))
      const { results } = await ways[way](items, { chunk: 10 })
      expect((await count('content')) - before).toBe(2)
      const ids = results.flatMap((one) => (one ? [one.id] : []))
      expect(await at.mail.deliverDue({ ids })).toMatchObject({ sent: 25 })
      expect(stream.listenerCount('error'), 'more would warn of a leak').toBeLessThan(10)
    })

    test('1,000 in one statement, and none at all', async () => {
      const { queued } = await ways[way](
        Array.from({ length: 1_000 }, (_, n) => ({ mail: letter(`k${n}`), tags: ['x', 'y'] })),
        { chunk: 1_000 },
      )
      expect(queued).toBe(1_000)
      expect(await ways[way]([])).toMatchObject({ queued: 0, results: [] })
    })
  })

  test('one statement carries a little over 4 MB at most, unless one mail does', async () => {
    let largest = 0
    const tx = counted(at.app.tx, (_, __, params = []) => {
      const size = params.reduce(
        (sum: number, one) => sum + (typeof one === 'string' || one instanceof Uint8Array ? one.length : 8),
        0,
      )
      largest = Math.max(largest, size)
    })
    await at.app.begin()
    await at.mail.enqueueManyIn(
      tx,
      Array.from({ length: 60 }, (_, n) => ({ mail: { ...letter(`b${n}`), text: 'x'.repeat(200_000) } })),
    )
    await at.app.commit()
    expect(largest).toBeGreaterThan(100_000)
    expect(largest).toBeLessThan(5 * 1024 * 1024)
  })

  test('a mail with 700 attachments of 60 KB, and one to 10,000 people, fit', async () => {
    const wide = letter('wide')
    const attachments = Array.from({ length: 700 }, (_, n) => ({
      filename: `${n}.bin`,
      content: Buffer.alloc(60_000, n),
    }))
    await at.app.begin()
    const large = await at.mail.enqueueIn(at.app.tx, { ...wide, attachments })
    const to = Array.from({ length: 10_000 }, (_, n) => `person-${n}-${'x'.repeat(30)}@example.com`)
    const many = await at.mail.enqueueIn(at.app.tx, { ...wide, to: to.slice(0, 5_000), bcc: to.slice(5_000) })
    await at.app.commit()
    expect(await at.mail.get(large.id)).toMatchObject({ state: 'queued' })
    expect((await at.mail.get(many.id))?.recipients).toHaveLength(10_000)
  })

  test('while one chunk is being stored the next is composed, and no more', async () => {
    const key = { idempotencyKey: 'held by the app' }
    await at.app.begin()
    await at.mail.enqueueIn(at.app.tx, letter('o'), key)
    let pulled = 0
    function* items() {
      for (; pulled < 9; pulled++) yield { mail: letter('o'), ...(pulled === 0 && key) }
    }
    const storing = at.mail.enqueueMany(items(), { chunk: 2 })
    await until(() => pulled === 3)
    await at.app.rollback()
    expect(await storing).toMatchObject({ queued: 9 })
  })

  test('a chunk that cannot be stored ends the call, however many more would come', async () => {
    const tag = 'after a failure'
    const content = await at.mail.attachments.put(Buffer.from('gone'))
    await at.app.run(`delete from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}content`)
    let ended = false
    async function* endless() {
      try {
        yield { mail: { ...letter('p'), attachments: [{ content }] } }
        for (;;) yield { mail: letter('q'), tags: [tag] }
      } finally {
        ended = true
      }
    }
    const code = 'PH_CONTENT_MISSING'
    await expect(at.mail.enqueueMany(endless(), { chunk: 1 })).rejects.toMatchObject({ code })
    expect(ended).toBe(true)
    expect((await at.mail.find({ tag })).items).toEqual([])
  })

  async function count(table: string): Promise<number> {
    const [row] = await at.app.run(
      `select count(*) as n from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}${table}`,
    )
    return Number(row?.n)
  }
})

function letter(name: string) {
  return { from: 'shop@example.com', to: `${name}@example.com`, subject: 'Many', text: 'a mail' }
}
