import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase, engineOf } from './support/databases.ts'

describeEachDatabase('idempotency', (kind, fresh) => {
  let url: string
  let mail: MailQueue<'default'>
  let app: AppDatabase

  beforeAll(async () => {
    url = (await fresh()).url
    mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
  })

  /** How each way of enqueueing is called. */
  const ways: Record<string, (text: string, key: string) => Promise<{ id: string; status: string }>> = {
    enqueue: (text, key) => mail.enqueue(message(text), strict(key)),
    enqueueIn: async (text, key) => {
      await app.begin()
      try {
        return await mail.enqueueIn(app.tx, message(text), strict(key))
      } finally {
        await app.order(`${text} ${key} ${performance.now()}`)
        await app.commit()
      }
    },
    enqueueMany: async (text, key) => {
      const { results } = await mail.enqueueMany([{ mail: message(text), ...strict(key) }])
      return results[0] ?? { id: '', status: '' }
    },
  }

  describe.each(Object.keys(ways))('%s', (way) => {
    const enqueue = ways[way] ?? (() => Promise.reject(new Error('no such way')))

    test('gives the first mail for the same content, and refuses other content where it is told to', async () => {
      const first = await enqueue('one', `${way} key`)
      expect(first.status).toBe('queued')
      expect(await enqueue('one', `${way} key`)).toMatchObject({ id: first.id, status: 'duplicate' })
      await expect(enqueue('two', `${way} key`)).rejects.toMatchObject({ code: 'PH_IDEMPOTENCY_CONFLICT' })
      expect((await mail.find({ idempotencyKey: `${way} key` })).items.map(({ id }) => id)).toEqual([
        first.id,
      ])
    })

    test('compares keys byte by byte', async () => {
      const keys = [
        'order-1',
        'Order-1',
        'order-1 ',
        ' order-1',
        'ordér-1',
        'order\u0301-1',
        'ß',
        'ss',
        '🎉',
        '%',
        '_',
      ]
      const ids = new Set<string>()
      for (const key of keys) ids.add((await enqueue('bytes', `${way}${key}`)).id)
      expect(ids.size).toBe(keys.length)
    })

    test.each(['cancelled', 'failed', 'expired', 'suppressed'])(
      'takes the key of a mail that was %s',
      async (ending) => {
        const key = `${way} ${ending}`
        const first = await endedMail(ending, key)
        const second = await enqueue('again', key)
        expect(second).toMatchObject({ status: 'queued' })
        expect(second.id).not.toBe(first)
        expect(await enqueue('again', key)).toMatchObject({ id: second.id, status: 'duplicate' })
      },
    )

    test('leaves the key with a mail that was sent, or may have been', async () => {
      const sent = await enqueue('sent', `${way} sent`)
      await mail.deliverDue({ ids: [sent.id] })
      expect(await enqueue('sent', `${way} sent`)).toMatchObject({ id: sent.id, status: 'duplicate' })
      const unknown = await enqueue('unknown', `${way} unknown`)
      await app.run(
        `update ${table('delivery')} set state = 'failed', unknowns = 1 where mail_id = ${idSql(unknown.id)}`,
      )
      expect(await enqueue('unknown', `${way} unknown`)).toMatchObject({
        id: unknown.id,
        status: 'duplicate',
      })
    })
  })

  async function endedMail(ending: string, key: string): Promise<string> {
    if (ending === 'suppressed') await mail.suppressions.add('off@example.com')
    const to = ending === 'suppressed' ? 'off@example.com' : 'ada@example.com'
    const { id } = await mail.enqueue({ ...message('first'), to }, { idempotencyKey: key, delay: '1h' })
    if (ending === 'cancelled') await mail.cancel({ id })
    if (ending === 'failed' || ending === 'expired')
      await app.run(
        `update ${table('delivery')} set state = 'failed', reason = '${ending === 'failed' ? 'rejected' : 'expired'}' where mail_id = ${idSql(id)}`,
      )
    return id
  }

  test('a key may come twice in one batch', async () => {
    const { results } = await mail.enqueueMany([
      { mail: message('twin'), idempotencyKey: 'twin' },
      { mail: message('twin'), idempotencyKey: 'twin' },
      { mail: message('other') },
    ])
    expect(results.map((one) => one?.status)).toEqual(['queued', 'duplicate', 'queued'])
    expect(results[1]?.id).toBe(results[0]?.id)
    await expect(
      mail.enqueueMany([
        { mail: message('x'), idempotencyKey: 'torn' },
        { mail: message('y'), ...strict('torn') },
      ]),
    ).rejects.toMatchObject({ code: 'PH_IDEMPOTENCY_CONFLICT' })
    expect((await mail.find({ idempotencyKey: 'torn' })).items).toEqual([])
  })

  test('after a conflict the transaction goes on, and what else is in it is stored', async () => {
    const first = await mail.enqueue(message('held'), { idempotencyKey: 'goes on' })
    await app.begin()
    await app.order('goes on')
    const before = await mail.enqueueIn(app.tx, message('before'))
    await expect(mail.enqueueIn(app.tx, message('x'), strict('goes on'))).rejects.toMatchObject({
      code: 'PH_IDEMPOTENCY_CONFLICT',
    })
    await expect(
      mail.enqueueManyIn(app.tx, [{ mail: message('a') }, { mail: message('b'), ...strict('goes on') }]),
    ).rejects.toMatchObject({ code: 'PH_IDEMPOTENCY_CONFLICT' })
    const after = await mail.enqueueIn(app.tx, message('after'))
    await app.commit()
    expect(await app.orders()).toContain('goes on')
    expect((await mail.find({ id: [first.id, before.id, after.id], state: 'queued' })).items).toHaveLength(3)
  })

  test('replaces: cancels the first mail and takes its key over in one step, or not at all', async () => {
    const first = await mail.enqueue(message('first'), { idempotencyKey: 'replaced', delay: '1h' })
    await app.begin()
    const undone = await mail.enqueueIn(app.tx, message('second'), {
      idempotencyKey: 'replaced',
      replaces: first.id,
    })
    await app.rollback()
    expect(await mail.get(first.id)).toMatchObject({ state: 'queued' })
    expect(await mail.get(undone.id)).toBeUndefined()
    await app.begin()
    const second = await mail.enqueueIn(app.tx, message('second'), {
      idempotencyKey: 'replaced',
      replaces: first.id,
    })
    await app.commit()
    expect(await mail.get(first.id)).toMatchObject({ state: 'cancelled' })
    expect(await mail.get(second.id)).toMatchObject({ state: 'queued', idempotencyKey: 'replaced' })
    const third = await mail.enqueue(message('third'), { idempotencyKey: 'else' })
    await expect(
      mail.enqueue(message('fourth'), { ...strict('else'), replaces: second.id }),
    ).rejects.toMatchObject({ code: 'PH_IDEMPOTENCY_CONFLICT' })
    expect(await mail.get(second.id), 'nothing is cancelled for a mail that was refused').toMatchObject({
      state: 'queued',
    })
    expect(await mail.get(third.id)).toMatchObject({ state: 'queued' })
  })

  const table = (name: string) => (kind === 'postgres' ? `posthaste.${name}` : `posthaste_${name}`)
  const idSql = (id: string) => (engineOf(kind) === 'mysql' ? `x'${id.replaceAll('-', '')}'` : `'${id}'`)
})

function strict(idempotencyKey: string) {
  return { idempotencyKey, onConflict: 'refuse' as const }
}

function message(text: string) {
  return { from: 'shop@example.com', to: 'ada@example.com', subject: 'Key', text }
}
