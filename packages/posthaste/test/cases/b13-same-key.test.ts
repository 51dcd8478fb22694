import { describe, expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { enqueueScene, wayNames } from '../support/enqueue-ways.ts'
import { runAsSql } from '../support/run-as-sql.ts'

/** Neighbours: every way in, twins of one call, `onConflict`, spellings and order of recipients, mail that was sent, toSQL. */
describeEachDatabase('B13 a key that is taken', (kind, fresh) => {
  const at = enqueueScene(kind, fresh)

  describe.each(wayNames)('B13 %s', (name) => {
    const conflict = /PH_IDEMPOTENCY_CONFLICT/

    test('gives the first mail, and tells whether it says the same', async () => {
      const [way, idempotencyKey] = [at.ways[name], `same ${name}`]
      const first = await way(order, { idempotencyKey })
      expect(first).toMatchObject({ status: 'queued', duplicate: false })
      expect(first).not.toHaveProperty('sameContent')
      const of = { id: first.id, status: 'duplicate', duplicate: true }
      expect(await way(order, { idempotencyKey })).toMatchObject({ ...of, sameContent: true })
      expect(await way(mended, { idempotencyKey })).toMatchObject({ ...of, sameContent: false })
      expect((await at.mail.find({ idempotencyKey })).items).toHaveLength(1)
      expect((await at.mail.content(first.id)).text).toBe(order.text)
      await at.mail.deliverDue({ ids: [first.id] })
      expect(await way(mended, { idempotencyKey })).toMatchObject({ ...of, sameContent: false })
    })

    test('refuses other recipients, whatever the content is', async () => {
      const [way, idempotencyKey] = [at.ways[name], `constant ${name}`]
      await way(order, { idempotencyKey })
      for (const onConflict of ['keep', 'refuse'] as const)
        for (const to of ['grace@example.com', 'ada@example.com, grace@example.com'])
          await expect(way({ ...order, to }, { idempotencyKey, onConflict })).rejects.toThrow(conflict)
      expect((await at.mail.find({ idempotencyKey })).items).toHaveLength(1)
    })

    test('takes other spellings of an address for the same recipient', async () => {
      const [way, idempotencyKey] = [at.ways[name], `spelt ${name}`]
      const { id } = await way({ ...order, to: 'Ada@example.com, info@münchen.example' }, { idempotencyKey })
      const to = 'info@xn--mnchen-3ya.example, "ada"@EXAMPLE.com'
      expect(await way({ ...order, to }, { idempotencyKey })).toMatchObject({
        ...{ id, duplicate: true, sameContent: false },
      })
    })

    test("refuses other content with onConflict: 'refuse', and the same content never", async () => {
      const [way, idempotencyKey] = [at.ways[name], `refused ${name}`]
      const { id } = await way(order, { idempotencyKey, onConflict: 'refuse' })
      await expect(way(mended, { idempotencyKey, onConflict: 'refuse' })).rejects.toThrow(conflict)
      expect(await way(order, { idempotencyKey, onConflict: 'refuse' })).toMatchObject({
        id,
        sameContent: true,
      })
    })
  })

  test('B13 a PDF whose creation date differs: the first mail stands', async () => {
    const invoice = (date: string) => ({
      ...order,
      attachments: [{ filename: 'invoice.pdf', content: `%PDF-1.7 /CreationDate (D:${date})` }],
    })
    const first = await at.mail.enqueue(invoice('20261130'), { idempotencyKey: 'invoice' })
    expect(await at.mail.enqueue(invoice('20261201'), { idempotencyKey: 'invoice' })).toMatchObject({
      ...{ id: first.id, duplicate: true, sameContent: false },
    })
    expect((await at.mail.enqueue(invoice('20261130'), { idempotencyKey: 'invoice' })).sameContent).toBe(true)
  })

  test('B13 a half-queued newsletter goes on after its typo was mended', async () => {
    const newsletter = (text: string, readers: number) =>
      Array.from({ length: readers }, (_, n) => ({
        mail: { ...order, to: `reader${n}@example.com`, text },
        idempotencyKey: `issue 12 ${n}`,
      }))
    await at.mail.enqueueMany(newsletter('Teh news', 150), { chunk: 50 })
    const resumed = await at.mail.enqueueMany(newsletter('The news', 300), { chunk: 50 })
    expect(resumed).toMatchObject({ queued: 150, duplicates: 150, errors: [] })
    expect(resumed.results.filter((one) => one?.sameContent === false)).toHaveLength(150)
    const again = await at.mail.enqueueMany(newsletter('The news', 300))
    expect(again).toMatchObject({ queued: 0, duplicates: 300 })
    expect(again.results.filter((one) => one?.sameContent)).toHaveLength(150)
  })

  test('B13 twins of one call: the first stands', async () => {
    const { results } = await at.mail.enqueueMany([
      { mail: order, idempotencyKey: 'twins' },
      { mail: mended, idempotencyKey: 'twins' },
      { mail: order, idempotencyKey: 'twins' },
    ])
    expect(results.map((one) => one?.sameContent)).toEqual([undefined, false, true])
    expect(new Set(results.map((one) => one?.id)).size).toBe(1)
    await expect(
      at.mail.enqueueMany([
        { mail: order, idempotencyKey: 'torn' },
        { mail: mended, idempotencyKey: 'torn', onConflict: 'refuse' },
      ]),
    ).rejects.toMatchObject({ code: 'PH_IDEMPOTENCY_CONFLICT' })
    expect((await at.mail.find({ idempotencyKey: 'torn' })).items).toEqual([])
  })

  test('B13 toSQL keeps the first, to whomever it is, and takes the key of one that was cancelled', async () => {
    const write = async (given: typeof order, options = {}) =>
      runAsSql(at.app, await at.mail.toSQL(given, { idempotencyKey: 'sql', ...options }), kind)
    const first = await write(order, { tags: ['first'] })
    const others = [
      await write(mended),
      await write({ ...order, to: 'grace@example.com' }, { tags: ['second'] }),
    ]
    for (const id of others) expect(await at.mail.get(id)).toBeUndefined()
    expect((await at.mail.find({ tag: 'second' })).items).toEqual([])
    expect(await at.mail.get(first)).toMatchObject({ state: 'queued', tags: ['first'] })
    expect(await at.mail.enqueue(mended, { idempotencyKey: 'sql' })).toMatchObject({
      id: first,
      sameContent: false,
    })
    await at.mail.cancel({ id: first })
    const second = await write(mended)
    expect(await at.mail.get(second)).toMatchObject({ state: 'queued', idempotencyKey: 'sql' })
    expect(await at.mail.enqueue(order, { idempotencyKey: 'sql' })).toMatchObject({
      id: second,
      sameContent: false,
    })
    await expect(at.mail.toSQL(order, { idempotencyKey: 'sql', onConflict: 'refuse' })).rejects.toMatchObject(
      {
        code: 'PH_NOT_AS_SQL',
      },
    )
  })

  test('B13 toSQL takes no other mail along: what was replaced for a mail that was not stored stays', async () => {
    const taken = await at.mail.enqueue(order, { idempotencyKey: 'taken' })
    const old = await at.mail.enqueue(order, { delay: '1h' })
    const id = await runAsSql(
      at.app,
      await at.mail.toSQL(order, { idempotencyKey: 'taken', replaces: old.id }),
      kind,
    )
    expect(await at.mail.get(id)).toBeUndefined()
    for (const one of [taken, old]) expect(await at.mail.get(one.id)).toMatchObject({ state: 'queued' })
  })
})

const order = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Your order', text: 'On its way.' }
const mended = { ...order, text: 'On its way!' }
