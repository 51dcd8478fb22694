import { describe, expect, test } from 'vitest'
import type { MailRecord } from '../../src/index.ts'
import { callHere, posthasteJson } from '../support/cli.ts'
import { describeEachDatabase, engineOf } from '../support/databases.ts'
import { enqueueScene, wayNames } from '../support/enqueue-ways.ts'

/** Neighbours: mail that failed, bulk actions, the command line, every way in with `replaces`, tenants, races, a key that came free. */
describeEachDatabase('B22 a mail whose key another mail holds', (kind, fresh) => {
  const at = enqueueScene(kind, fresh)
  let key: string
  let count = 0

  const table = (name: string) => (kind === 'postgres' ? `posthaste.${name}` : `posthaste_${name}`)
  const idSql = (id: string) => (engineOf(kind) === 'mysql' ? `x'${id.replaceAll('-', '')}'` : `'${id}'`)
  const set = (id: string, columns: string) =>
    at.app.run(`update ${table('delivery')} set ${columns} where mail_id = ${idSql(id)}`)

  /** Mail 1 gave its key back, and mail 2 has it and is sent. */
  async function twoMails(tenant?: string): Promise<readonly [string, string]> {
    key = `order-${++count}`
    const first = await at.mail.enqueue(order, { idempotencyKey: key, tenant })
    await at.mail.cancel({ id: first.id })
    const second = await at.mail.enqueue(order, { idempotencyKey: key, tenant })
    await at.mail.deliverDue({ ids: [second.id] })
    return [first.id, second.id]
  }

  async function expectState(id: string, state: MailRecord['state']): Promise<void> {
    expect((await at.mail.get(id))?.state).toBe(state)
  }

  const refusal = (first: string, second: string) =>
    expect.objectContaining({
      code: 'PH_SUPERSEDED',
      message: expect.stringMatching(new RegExp(`${first} is superseded by mail ${second}`)),
    })

  test.each([undefined, 'shop-7'])('B22 retry is refused, naming the holder (tenant %s)', async (tenant) => {
    const [first, second] = await twoMails(tenant)
    await expect(at.mail.retry({ id: first })).rejects.toEqual(refusal(first, second))
    await expectState(first, 'cancelled')
    await set(first, "state = 'failed', reason = 'rejected'")
    await expect(at.mail.retry({ id: [first] })).rejects.toEqual(refusal(first, second))
    await expectState(first, 'failed')
    expect((await at.mail.deliverDue()).sent).toBe(0)
  })

  test('B22 so are release, and resolve --retry', async () => {
    const [first, second] = await twoMails()
    await set(first, "state = 'held', reason = 'unknown', unknowns = 1, settled_at = null")
    await expect(at.mail.release({ id: first })).rejects.toEqual(refusal(first, second))
    await expect(at.mail.resolve({ id: first }, 'retry')).rejects.toEqual(refusal(first, second))
    await expectState(first, 'held')
    expect(await at.mail.resolve({ id: first }, 'arrived')).toBe(1)
    await expectState(first, 'sent')
  })

  test('B22 resolve --arrived does not queue a superseded mail for those who were deferred', async () => {
    key = `order-${++count}`
    const some = { ...order, to: 'ada@example.com, bob@example.com' }
    const first = await at.mail.enqueue(some, { idempotencyKey: key })
    await at.mail.cancel({ id: first.id })
    const second = await at.mail.enqueue(some, { idempotencyKey: key })
    await set(first.id, "state = 'held', reason = 'unknown', unknowns = 1, settled_at = null")
    const answers = JSON.stringify([['ada@example.com', 'unknown']])
    await at.app.run(`insert into ${table('attempt')}
      (mail_id, token, attempt, started_at, ms, worker, transport, outcome, doubt, recipients)
      values (${idSql(first.id)}, 0, 1, 1, 1, 'w', 't', 'unknown', 1, '${answers}')`)
    await expect(at.mail.resolve({ id: first.id }, 'arrived')).rejects.toEqual(refusal(first.id, second.id))
    await expectState(first.id, 'held')
    expect(
      await at.mail.resolve({ idempotencyKey: key, state: 'held' }, 'arrived', { report: true }),
    ).toMatchObject({
      ...{ changed: 0, superseded: [{ id: first.id, holder: second.id }] },
    })
    await at.mail.cancel({ id: second.id })
    expect(await at.mail.resolve({ id: first.id }, 'arrived')).toBe(1)
    await expectState(first.id, 'queued')
    await at.mail.cancel({ id: first.id })
  })

  test('B22 another tenant with the same key is no holder', async () => {
    const [first] = await twoMails('shop-1')
    const other = await at.mail.enqueue(order, { idempotencyKey: key, tenant: 'shop-2' })
    await at.mail.cancel({ id: other.id })
    expect(await at.mail.retry({ id: other.id })).toBe(1)
    await expectState(first, 'cancelled')
  })

  test('B22 resend makes a new mail without a key', async () => {
    const [first] = await twoMails()
    const copy = await at.mail.resend(first)
    expect(await at.mail.get(copy.id)).toMatchObject({
      state: 'queued',
      idempotencyKey: null,
      resentFrom: first,
    })
  })

  test('B22 in bulk the others go on, and the superseded ones are told of', async () => {
    const [first, second] = await twoMails()
    const tags = [`bulk ${count}`]
    const others = await Promise.all(
      [1, 2, 3].map((n) =>
        at.mail.enqueue(order, { tags, ...(n > 1 ? { idempotencyKey: `bulk ${n}` } : {}) }),
      ),
    )
    const ids = [first, ...others.map(({ id }) => id)]
    await at.mail.cancel({ id: ids })
    const superseded = [{ id: first, idempotencyKey: key, holder: second }]
    expect(await at.mail.retry({ id: ids }, { report: true })).toEqual({ changed: 3, superseded })
    for (const { id } of others) await expectState(id, 'queued')
    await at.mail.hold({ tag: tags[0] ?? '' })
    await set(first, "state = 'held', reason = 'by-hand', settled_at = null")
    expect(await at.mail.release({ state: 'held' }, { report: true })).toEqual({ changed: 3, superseded })
    expect(await at.mail.retry({ state: 'held' })).toBe(0)
    await set(first, "state = 'cancelled', reason = null, settled_at = 1")
  })

  test('B22 the command line says so', async () => {
    const [first, second] = await twoMails()
    const alone = await callHere(['retry', first], { env: at.env })
    expect(alone.code).not.toBe(0)
    expect(alone.stderr).toContain(`superseded by mail ${second}`)
    const other = await at.mail.enqueue(order)
    await at.mail.cancel({ id: other.id })
    expect(await posthasteJson(['retry', first, other.id], { env: at.env })).toMatchObject({
      ...{ action: 'retry', changed: 1, superseded: [{ id: first, holder: second }] },
    })
    const { stdout, code } = await callHere(['retry', first, other.id], { env: at.env })
    expect(code).toBe(1)
    expect(stdout).toContain(`1 superseded and left alone\n  ${first}: mail ${second} has its key now`)
    expect(await at.mail.cancel({ id: other.id })).toBe(1)
  })

  describe.each(wayNames)('B22 %s', (name) => {
    test('replaces no mail that is superseded', async () => {
      const [way, [first, second]] = [at.ways[name], await twoMails()]
      const mended = { ...order, text: 'On its way!' }
      const said = new RegExp(`superseded by mail ${second}`)
      await expect(way(mended, { replaces: first, idempotencyKey: key })).rejects.toThrow(said)
      await expect(way(mended, { replaces: first, idempotencyKey: `else ${key}` })).rejects.toThrow(said)
      await expect(way(order, { replaces: first })).rejects.toThrow(said)
      expect((await at.mail.find({ idempotencyKey: `else ${key}` })).items).toEqual([])
      expect((await at.mail.enqueue(order, { idempotencyKey: `else ${key}` })).duplicate).toBe(false)
    })

    test('gives the mail that replaced another when it is asked for again', async () => {
      const way = at.ways[name]
      const idempotencyKey = `replaced ${name}`
      const first = await way(order, { idempotencyKey, delay: '1h' })
      const mended = { ...order, text: 'On its way!' }
      const second = await way(mended, { idempotencyKey, replaces: first.id })
      expect(second.duplicate).toBe(false)
      expect(await way(mended, { idempotencyKey, replaces: first.id })).toMatchObject({
        ...{ id: second.id, duplicate: true, sameContent: true },
      })
      await expectState(first.id, 'cancelled')
      await expect(at.mail.retry({ id: first.id })).rejects.toEqual(refusal(first.id, second.id))
    })
  })

  test('B22 in one batch the replaced mail stays, and nothing of the chunk is stored', async () => {
    const [first] = await twoMails()
    const items = [
      { mail: order, tags: ['torn'] },
      { mail: order, tags: ['torn'], replaces: first },
    ]
    await expect(at.mail.enqueueMany(items)).rejects.toMatchObject({ code: 'PH_SUPERSEDED' })
    expect((await at.mail.find({ tag: 'torn' })).items).toEqual([])
  })

  test('B22 toSQL refuses it when it is written', async () => {
    const [first, second] = await twoMails()
    await expect(at.mail.toSQL(order, { replaces: first })).rejects.toEqual(refusal(first, second))
  })

  test('B22 a key that came free is taken back, and refuses a second mail', async () => {
    const [first, second] = await twoMails()
    expect(await at.mail.purge({ id: second }, { olderThan: 0 })).toBe(1)
    expect(await at.mail.retry({ id: first })).toBe(1)
    expect(await at.mail.enqueue(order, { idempotencyKey: key })).toMatchObject({
      id: first,
      duplicate: true,
    })
    const other = { ...order, to: 'grace@example.com' }
    await expect(at.mail.enqueue(other, { idempotencyKey: key })).rejects.toThrow(/PH_IDEMPOTENCY_CONFLICT/)
  })

  test('B22 so is that of a mail that will not be delivered either: one of the two goes', async () => {
    key = `order-${++count}`
    const first = await at.mail.enqueue(order, { idempotencyKey: key })
    await at.mail.cancel({ id: first.id })
    const second = await at.mail.enqueue(order, { idempotencyKey: key })
    await at.mail.cancel({ id: second.id })
    expect(await at.mail.retry({ id: first.id })).toBe(1)
    await expect(at.mail.retry({ id: second.id })).rejects.toEqual(refusal(second.id, first.id))
    await at.mail.cancel({ id: first.id })
    expect(await at.mail.retry({ idempotencyKey: key }, { report: true })).toMatchObject({ changed: 1 })
    expect((await at.mail.find({ idempotencyKey: key, state: 'queued' })).items).toHaveLength(1)
  })

  test('B22 whichever comes first: a key that is taken while its mail is retried is held by one mail', async () => {
    for (let n = 0; n < 15; n++) {
      const idempotencyKey = `race ${n}`
      const first = await at.mail.enqueue(order, { idempotencyKey })
      await at.mail.cancel({ id: first.id })
      const [retried, second] = await Promise.all([
        at.mail.retry({ id: first.id }).catch(() => 0),
        n % 2 === 0
          ? at.mail.enqueue(order, { idempotencyKey })
          : at.ways.enqueueIn(order, { idempotencyKey }),
      ])
      const { items } = await at.mail.find({ idempotencyKey, state: 'queued' })
      expect(items.map(({ id }) => id)).toEqual([second.id])
      expect(retried).toBe(second.id === first.id ? 1 : 0)
    }
  })

  test.skipIf(kind === 'sqlite')('B22 a retry waits for a transaction that takes the key', async () => {
    for (const ending of ['commit', 'rollback'] as const) {
      key = `order-${++count}`
      const first = await at.mail.enqueue(order, { idempotencyKey: key })
      await at.mail.cancel({ id: first.id })
      await at.app.begin()
      const second = await at.mail.enqueueIn(at.app.tx, order, { idempotencyKey: key })
      expect(second.duplicate).toBe(false)
      const retried = at.mail.retry({ id: [first.id] }).catch((error) => error)
      await expect(Promise.race([retried, at.mail.get(first.id)])).resolves.toMatchObject({
        state: 'cancelled',
      })
      await at.app[ending]()
      expect(await retried).toEqual(ending === 'commit' ? refusal(first.id, second.id) : 1)
    }
  })
})

const order = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Your order', text: 'On its way.' }
