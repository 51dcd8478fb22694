import { describe, expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { enqueueScene, wayNames } from '../support/enqueue-ways.ts'
import { runAsSql } from '../support/run-as-sql.ts'

/** Neighbours: mail without a tenant, names that join to the same text, every way in, find, purge, `replaces`. */
describeEachDatabase('B14 keys of two tenants', (kind, fresh) => {
  const at = enqueueScene(kind, fresh)

  describe.each(wayNames)('B14 %s', (name) => {
    const key = `order-1 ${name}`

    test('stores a mail for each tenant, and one for none', async () => {
      const way = at.ways[name]
      const first = await way(order, { idempotencyKey: key, tenant: 'a' })
      const second = await way(order, { idempotencyKey: key, tenant: 'b' })
      const third = await way(order, { idempotencyKey: key })
      expect(new Set([first.id, second.id, third.id]).size).toBe(3)
      for (const answer of [first, second, third])
        expect(answer).toMatchObject({ status: 'queued', duplicate: false })
      expect(await way(order, { idempotencyKey: key, tenant: 'b' })).toMatchObject({
        ...{ id: second.id, duplicate: true, sameContent: true },
      })
      expect(await way(order, { idempotencyKey: key })).toMatchObject({ id: third.id, duplicate: true })
    })

    test('takes no two pairs of a tenant and a key for one', async () => {
      const way = at.ways[name]
      const pairs = [
        ['a', `b:${key}`],
        ['a:b', key],
        ['a', `\u2028${key}`],
        ['a\u2028', key],
        ['A', `b:${key}`],
        ['a ', `b:${key}`],
        ['á', `b:${key}`],
        ['a\u0301', `b:${key}`],
      ] as const
      const ids = new Set<string>()
      for (const [tenant, idempotencyKey] of pairs) ids.add((await way(order, { tenant, idempotencyKey })).id)
      expect(ids.size).toBe(pairs.length)
    })

    test('replaces no mail of another tenant, nor one without', async () => {
      const way = at.ways[name]
      const options = { idempotencyKey: `replaced ${name}`, delay: '1h' } as const
      const theirs = await way(order, { ...options, tenant: 'a' })
      const nobodys = await way(order, options)
      const third = await way(order, { ...options, tenant: 'b', replaces: theirs.id })
      await way(order, { idempotencyKey: `other ${name}`, tenant: 'b', replaces: nobodys.id })
      await way(order, { replaces: theirs.id })
      const states = await Promise.all(
        [theirs, nobodys].map(async ({ id }) => (await at.mail.get(id))?.state),
      )
      expect(states).toEqual(['queued', 'queued'])
      expect(third.duplicate).toBe(false)
      const own = await way({ ...order, text: 'Mended' }, { ...options, tenant: 'a', replaces: theirs.id })
      expect(own.duplicate).toBe(false)
      expect(await at.mail.get(theirs.id)).toMatchObject({ state: 'cancelled' })
    })
  })

  test('B14 toSQL stores one for each tenant, keeps the first of each, and replaces none of another', async () => {
    const write = async (options: object) => runAsSql(at.app, await at.mail.toSQL(order, options), kind)
    const first = await write({ idempotencyKey: 'sql', tenant: 'a', delay: '1h' })
    const second = await write({ idempotencyKey: 'sql', tenant: 'b', replaces: first })
    const third = await write({ idempotencyKey: 'sql', replaces: first })
    await write({ idempotencyKey: 'sql', tenant: 'b' })
    const { items } = await at.mail.find({ idempotencyKey: 'sql' })
    expect(items.map(({ id }) => id).sort()).toEqual([first, second, third].sort())
    expect(items.map(({ state }) => state)).toEqual(['queued', 'queued', 'queued'])
    const mended = await write({ idempotencyKey: 'sql', tenant: 'a', replaces: first })
    expect(await at.mail.get(first)).toMatchObject({ state: 'cancelled' })
    expect(await at.mail.get(mended)).toMatchObject({ state: 'queued', idempotencyKey: 'sql' })
  })

  test('B14 one call may bring the key of two tenants', async () => {
    const items = ['a', 'b', 'a', undefined].map((tenant) => ({
      mail: order,
      idempotencyKey: 'batch',
      tenant,
    }))
    const { results, queued, duplicates } = await at.mail.enqueueMany(items)
    expect({ queued, duplicates }).toEqual({ queued: 3, duplicates: 1 })
    expect(results[2]?.id).toBe(results[0]?.id)
    await expect(
      at.mail.enqueueMany([
        { mail: order, idempotencyKey: 'torn', tenant: 'a' },
        { mail: { ...order, to: 'grace@example.com' }, idempotencyKey: 'torn', tenant: 'a' },
      ]),
    ).rejects.toMatchObject({ code: 'PH_IDEMPOTENCY_CONFLICT' })
    expect((await at.mail.find({ idempotencyKey: 'torn' })).items).toEqual([])
    expect((await at.mail.enqueue(order, { idempotencyKey: 'torn', tenant: 'a' })).duplicate).toBe(false)
  })

  test('B14 a mail is found by the key as it was given, of one tenant or of all', async () => {
    for (const tenant of ['a', 'b']) await at.mail.enqueue(order, { idempotencyKey: 'found', tenant })
    const tenantsOf = async (filter: object) =>
      (await at.mail.find(filter)).items.map(({ tenant }) => tenant).sort()
    expect(await tenantsOf({ idempotencyKey: 'found' })).toEqual(['a', 'b'])
    expect(await tenantsOf({ idempotencyKey: 'found', tenant: 'a' })).toEqual(['a'])
    expect((await at.mail.find({ idempotencyKey: 'found', tenant: 'b' })).items[0]?.idempotencyKey).toBe(
      'found',
    )
  })

  test('B14 what is purged frees the key of its own tenant only', async () => {
    const [first, second] = [
      await at.mail.enqueue(order, { idempotencyKey: 'purged', tenant: 'a' }),
      await at.mail.enqueue(order, { idempotencyKey: 'purged', tenant: 'b' }),
    ]
    await at.mail.deliverDue({ ids: [first.id] })
    expect(await at.mail.purge({ id: first.id }, { olderThan: 0 })).toBe(1)
    expect((await at.mail.enqueue(order, { idempotencyKey: 'purged', tenant: 'a' })).duplicate).toBe(false)
    expect(await at.mail.enqueue(order, { idempotencyKey: 'purged', tenant: 'b' })).toMatchObject({
      ...{ id: second.id, duplicate: true },
    })
  })

  test('B14 a mail that is resent has no key, and takes none', async () => {
    const { id } = await at.mail.enqueue(order, { idempotencyKey: 'resent', tenant: 'a' })
    const copy = await at.mail.resend(id)
    expect(await at.mail.get(copy.id)).toMatchObject({ idempotencyKey: null, tenant: 'a' })
    expect((await at.mail.enqueue(order, { idempotencyKey: 'resent', tenant: 'a' })).id).toBe(id)
  })
})

const order = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Your order', text: 'On its way.' }
