import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../support/store.ts'
import {
  add,
  addMany,
  claim,
  claimOne,
  countRows,
  deliveryRow,
  minute,
  newContent,
  noon,
  recipientStates,
  settleOnly,
  settlingOf,
} from '../../support/store.ts'

export function purgeContract(open: () => Promise<OpenStore>): void {
  const everyTable = [
    'delivery',
    'mail',
    'body',
    'recipient',
    'tag',
    'attempt',
    'content',
    'chunk',
    'content_use',
    'idempotency',
  ] as const

  async function sendAll(at: OpenStore, now = noon): Promise<void> {
    for (let claims = await claim(at, { now }); claims.length > 0; claims = await claim(at, { now }))
      await settleOnly(
        at,
        claims.map((one) => settlingOf(one, 'accepted')),
        now,
      )
  }

  describe('purging', () => {
    test('deletes everything of finished mail, and leaves every table empty', async () => {
      const at = await open()
      await addMany(at, [
        { tags: ['a'], idempotencyKey: 'k1', body: { contents: [newContent(Buffer.alloc(300_000))] } },
        { tags: ['b'], idempotencyKey: 'k2' },
        {},
      ])
      await sendAll(at)
      const asked = { states: ['sent'], before: noon + 1, limit: 2 } as const
      expect(await at.store.purge({ ...asked, before: noon })).toBe(0)
      expect(await at.store.purge(asked)).toBe(2)
      expect(await at.store.purge(asked)).toBe(1)
      expect(await at.store.purge(asked)).toBe(0)
      for (const table of everyTable) expect([table, await countRows(at, table)]).toEqual([table, 0])
    })

    test('touches no mail that is unfinished, of another state or of another stream', async () => {
      const at = await open()
      await addMany(at, [{}, { stream: 'news' }, { sendAt: noon + minute }])
      for (const one of await claim(at, { streams: ['default', 'news'] }))
        await settleOnly(at, [settlingOf(one, 'accepted')])
      const asked = { states: ['sent', 'failed'], before: noon + minute, limit: 9 } as const
      expect(await at.store.purge({ ...asked, states: ['failed'] })).toBe(0)
      expect(await at.store.purge({ ...asked, streams: [] })).toBe(0)
      expect(await at.store.purge({ ...asked, exceptStreams: ['default', 'news'] })).toBe(0)
      expect(await at.store.purge({ ...asked, streams: ['news'] })).toBe(1)
      expect(await at.store.purge({ ...asked, exceptStreams: ['news'] })).toBe(1)
      expect(await countRows(at, 'mail')).toBe(1)
    })

    test('leaves content that other mail uses, until that goes too', async () => {
      const at = await open()
      const shared = newContent(Buffer.from('shared'))
      await addMany(at, [
        { body: { contents: [shared] } },
        { body: { contents: [shared] }, sendAt: noon + minute },
      ])
      await sendAll(at)
      const asked = { states: ['sent'], before: noon + 9 * minute, limit: 9 } as const
      await at.store.purge(asked)
      expect((await at.store.chunk(shared.id, 0))?.toString()).toBe('shared')
      await sendAll(at, noon + minute)
      await at.store.purge(asked)
      expect(await countRows(at, 'chunk')).toBe(0)
    })

    test('of bodies keeps the record', async () => {
      const at = await open()
      const { id } = await add(at, { body: { contents: [newContent(Buffer.from('pdf'))] } })
      await sendAll(at)
      expect(await at.store.purgeBodies({ before: noon + 1, limit: 9 })).toBe(1)
      expect(await at.store.purgeBodies({ before: noon + 1, limit: 9 })).toBe(0)
      expect(await at.store.get(id)).toMatchObject({ state: 'sent', hasBody: false, size: 0 })
      expect(await countRows(at, 'chunk')).toBe(0)
      expect(await at.store.purge({ states: ['sent'], before: noon + 1, limit: 9 })).toBe(1)
    })

    test('a key that went to another mail stays with it', async () => {
      const at = await open()
      const first = await add(at, { idempotencyKey: 'k' })
      await at.store.act('cancel', { id: first.id }, noon)
      const second = await add(at, { idempotencyKey: 'k' })
      await at.store.purge({ states: ['cancelled'], before: noon + 1, limit: 9 })
      expect(await add(at, { idempotencyKey: 'k' })).toMatchObject({ id: second.id, status: 'duplicate' })
    })

    test('sweeps what nobody uses, when it is old enough', async () => {
      const at = await open()
      const { content, mail } = at.engine.tables
      const insert = `insert into ${content} (id, size, chunks, sha256, pinned, created_at) values (?, 1, 0, 'x', ?, ?)`
      await at.database.query(insert, [at.engine.id(v7()), 0, noon])
      await at.database.query(insert, [at.engine.id(v7()), 1, noon])
      const half = await add(at, { id: v7({ msecs: noon }) })
      await at.database.query(`delete from ${at.engine.tables.delivery}`)
      expect(await at.store.sweep({ before: noon, pinnedBefore: noon, limit: 9 })).toBe(0)
      expect(await at.store.sweep({ before: noon + 1, pinnedBefore: noon, limit: 9 })).toBe(2)
      expect(
        await at.database.query(`select id from ${mail} where id = ?`, [at.engine.id(half.id)]),
      ).toMatchObject({ rows: [] })
      expect(await countRows(at, 'recipient')).toBe(0)
      expect(await at.store.sweep({ before: noon, pinnedBefore: noon + 1, limit: 9 })).toBe(1)
    })

    test('sweeps the holds that calls of many mails could not take back, and no younger one', async () => {
      const at = await open()
      const { meta } = at.engine.tables
      const [old, young] = [noon - 1, noon + 1].map((msecs) => `hold ${v7({ msecs })}`)
      for (const name of [old, young])
        await at.database.query(`insert into ${meta} (name, value) values (?, '')`, [name ?? ''])
      await at.store.sweep({ before: noon, pinnedBefore: noon, limit: 9 })
      const { rows } = await at.database.query(`select name from ${meta} where name like 'hold%'`)
      expect(rows).toEqual([{ name: young }])
    })
  })

  describe('forgetting a person', () => {
    test('erases addresses, subjects, replies and content, and keeps them from being mailed', async () => {
      const at = await open()
      const [sent, other] = await addMany(at, [
        { to: ['Ada@Example.com', 'bob@example.com'], subject: 'Dear Ada', metadata: '{"ada":1}' },
        { to: ['bob@example.com'], subject: 'Dear Bob' },
      ])
      await sendAll(at)
      const entry = {
        stream: '',
        tenant: '',
        reason: 'complaint',
        origin: 'hand',
        note: 'Ada called',
        createdAt: noon,
        expiresAt: null,
      }
      await at.store.suppressions.add({ ...entry, address: 'ada@example.com' })
      expect(await at.store.forget('ADA@example.com', noon)).toBe(1)
      const record = await at.store.get(sent?.id ?? '')
      expect(record).toMatchObject({ state: 'sent', subject: '', metadata: null, hasBody: false })
      expect(record?.recipients[0]).toMatchObject({
        address: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        state: 'accepted',
        reply: null,
      })
      expect(record?.recipients[1]).toMatchObject({ address: 'bob@example.com' })
      expect(JSON.stringify(await at.store.attempts(sent?.id ?? ''))).not.toMatch(/ada/i)
      expect(await at.store.get(other?.id ?? '')).toMatchObject({ subject: 'Dear Bob', hasBody: true })
      expect((await at.store.suppressions.list({ limit: 9 })).items).toMatchObject([
        { address: expect.stringMatching(/^sha256:/), note: null },
      ])
      expect(
        await at.store.suppressions.check('Ada@example.com', { stream: 'news', tenant: '', now: noon }),
      ).toHaveLength(1)
      expect(await add(at)).toMatchObject({ status: 'suppressed' })
      expect(await at.store.forget('ada@example.com', noon)).toBe(1)
      expect(await at.store.forget('ada@example.com', noon)).toBe(0)
    })

    test('takes unfinished mail back from them, and sends it to the others', async () => {
      const at = await open()
      const [alone, among, claimed] = await addMany(at, [
        { sendAt: noon + minute },
        { to: ['ada@example.com', 'bob@example.com'], sendAt: noon + minute },
        { to: ['bob@example.com', 'ada@example.com'], onUnknown: 'hold' },
      ])
      const held = await claimOne(at)
      expect(await at.store.forget('ada@example.com', noon)).toBe(3)
      expect(await deliveryRow(at, alone?.id ?? '')).toMatchObject({
        state: 'cancelled',
        settled_at: noon,
        has_body: 0,
      })
      expect(await deliveryRow(at, among?.id ?? '')).toMatchObject({ state: 'queued', has_body: 3 })
      expect(await recipientStates(at, among?.id ?? '')).toEqual(['suppressed', 'pending'])
      expect(await at.store.dispatch(claimed?.id ?? '', held.token, noon)).toBe(false)
      const claims = await claim(at, { now: noon + minute })
      expect(
        claims.flatMap(({ recipients }) =>
          recipients.filter(({ state }) => state === 'pending').map(({ address }) => address),
        ),
      ).toEqual(['bob@example.com', 'bob@example.com'])
    })
  })
}
