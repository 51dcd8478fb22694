import { describe, expect, test } from 'vitest'
import {
  add,
  addMany,
  claim,
  claimOne,
  deliveryRow,
  everything,
  minute,
  noon,
  type OpenStore,
} from '../../support/store.ts'

export function claimContract(open: () => Promise<OpenStore>): void {
  describe('claiming', () => {
    test('gives due mail with what is needed to send it, and leases it', async () => {
      const at = await open()
      const retry = { first: 1_000, factor: 2, max: 9_000, jitter: 0, giveUpAfter: 99_000 }
      const { id } = await add(at, {
        to: ['ada@example.com', 'Bob@Example.com'],
        tenant: 'acme',
        retry,
        expiresAt: noon + minute,
        sensitive: true,
        priority: 'high',
      })
      const workerId = '01980000-0000-7000-8000-000000000001'
      const [claimed, ...more] = await claim(at, { workerId, now: noon + 5 })
      expect(more).toEqual([])
      expect(claimed).toEqual({
        mailId: id,
        token: 1,
        stream: 'default',
        tenant: 'acme',
        lane: 0,
        attempts: 0,
        unknowns: 0,
        rescues: 0,
        messageId: `<${id}@example.com>`,
        sender: 'shop@example.com',
        createdAt: noon,
        sendAt: noon,
        dueAt: noon,
        expiresAt: noon + minute,
        onUnknown: 'retry',
        smtp: null,
        sensitive: true,
        retry,
        recipients: [
          { seq: 0, address: 'ada@example.com', kind: 'to', state: 'pending' },
          { seq: 1, address: 'Bob@Example.com', kind: 'to', state: 'pending' },
        ],
        mime: Buffer.from('Subject: Your order\r\n\r\nThank you.\r\n'),
        mimeSize: 35,
      })
      expect(Buffer.isBuffer(claimed?.mime)).toBe(true)
      const row = await deliveryRow(at, id)
      expect(at.engine.readId(row.worker_id)).toBe(workerId)
      expect(row).toMatchObject({ state: 'sending', token: 1, claimed_at: noon + 5, dispatched_at: noon + 5 })
    })

    test('leaves mail that is not due yet, of another stream or of another lane', async () => {
      const at = await open()
      await addMany(at, [{ sendAt: noon + 1 }, { stream: 'other' }, { priority: 'bulk' }])
      expect(await claim(at, { lanes: [0, 1, 2, 3, 4, 5] })).toEqual([])
      expect(await claim(at, { now: noon + 1, lanes: [2] })).toHaveLength(1)
    })

    test('gives no mail twice', async () => {
      const at = await open()
      await addMany(at, [{}, {}, {}])
      const first = await claim(at, { limit: 2 })
      const second = await claim(at, { limit: 2 })
      expect(new Set([...first, ...second].map(({ mailId }) => mailId)).size).toBe(3)
      expect(await claim(at)).toEqual([])
    })

    test('answers in the order of lanes, then by due time, and takes the preferred lane first', async () => {
      const at = await open()
      const added = await addMany(at, [
        { priority: 'low', sendAt: noon - 50 },
        { priority: 'normal', sendAt: noon - 1 },
        { priority: 'high', sendAt: noon - 1 },
        { priority: 'normal', sendAt: noon - 9 },
      ])
      const ids = added.map(({ id }) => id)
      const claims = await claim(at, { limit: 3 })
      expect(claims.map(({ mailId }) => mailId)).toEqual([ids[2], ids[3], ids[1]])
      expect(claims.map(({ lane }) => lane)).toEqual([0, 2, 2])
    })

    test('serves several requests at once, each up to its limit', async () => {
      const at = await open()
      await addMany(at, [
        ...Array(4).fill({ stream: 'a' }),
        ...Array(4).fill({ stream: 'b' }),
        { stream: 'c' },
      ])
      const { claims } = await at.store.turn({
        workerId: '01980000-0000-7000-8000-000000000001',
        now: noon,
        settle: [],
        claim: [
          { streams: ['a'], lanes: everything, limit: 3 },
          { streams: ['b', 'c'], lanes: everything, limit: 2 },
          { streams: ['c'], lanes: everything, limit: 0 },
        ],
      })
      const streams = claims.map(({ stream }) => stream)
      expect(streams.filter((stream) => stream === 'a')).toHaveLength(3)
      expect(streams).toHaveLength(5)
    })

    test('lets no stream starve behind the backlog of another', async () => {
      const at = await open()
      await addMany(at, [...Array(20).fill({ stream: 'a', sendAt: noon - minute }), { stream: 'b' }])
      const seen = new Set<string>()
      for (let now = noon; now < noon + 2; now++)
        for (const { stream } of await claim(at, { streams: ['a', 'b'], limit: 1, now })) seen.add(stream)
      expect([...seen].sort()).toEqual(['a', 'b'])
    })

    test('leaves paused streams alone until they are resumed', async () => {
      const at = await open()
      await addMany(at, [{ stream: 'a' }, { stream: 'b' }])
      await at.store.pause({ stream: 'a', reason: 'a complaint', who: 'ops', since: noon })
      expect((await claim(at, { streams: ['a', 'b'] })).map(({ stream }) => stream)).toEqual(['b'])
      await at.store.pause({ stream: '', reason: null, who: null, since: noon })
      expect(await at.store.resume('a', noon)).toBe(true)
      expect(await claim(at, { streams: ['a', 'b'] })).toEqual([])
      expect(await at.store.resume('', noon)).toBe(true)
      expect(await at.store.resume('', noon)).toBe(false)
      expect(await claim(at, { streams: ['a', 'b'] })).toHaveLength(1)
    })

    test('leaves the dispatch of mail that is held when in doubt to a mark of its own', async () => {
      const at = await open()
      const { id } = await add(at, { onUnknown: 'hold' })
      const { token } = await claimOne(at)
      expect(await deliveryRow(at, id)).toMatchObject({ dispatched_at: null })
      expect(await at.store.dispatch(id, token + 1, noon + 1)).toBe(false)
      expect(await at.store.dispatch(id, token, noon + 1)).toBe(true)
      expect(await at.store.dispatch(id, token, noon + 1)).toBe(true)
      expect(await deliveryRow(at, id)).toMatchObject({ dispatched_at: noon + 1 })
    })

    test('asks the suppression list again, by address, domain and the hash of a forgotten one', async () => {
      const at = await open()
      const to = [
        'ada@example.com',
        'bob@blocked.example',
        'Cleo@example.com',
        'dora@example.com',
        'eve@example.com',
        'fay@example.com',
      ]
      await add(at, { to })
      const entry = {
        stream: '',
        tenant: '',
        reason: 'complaint',
        origin: 'hand',
        note: null,
        createdAt: noon,
        expiresAt: null,
      }
      await at.store.suppressions.addMany([
        { ...entry, address: '@blocked.example' },
        { ...entry, address: 'cleo@example.com' },
        { ...entry, address: 'dora@example.com', stream: 'news' },
        { ...entry, address: 'eve@example.com', expiresAt: noon },
        // sha256 of fay@example.com
        { ...entry, address: 'sha256:f9dc7ba568728656be651b704da45328c71232976d9b8cc2a93412f265d603c0' },
      ])
      const { recipients } = await claimOne(at)
      expect(recipients.map(({ state }) => state)).toEqual([
        'pending',
        'suppressed',
        'suppressed',
        'pending',
        'pending',
        'suppressed',
      ])
    })

    test('gives large mail without its MIME, which is then read by itself', async () => {
      const at = await open()
      const mime = Buffer.alloc(70_000, 'x')
      const { id } = await add(at, { body: { mime } })
      expect(await claimOne(at)).toMatchObject({ mime: null, mimeSize: 70_000 })
      expect((await at.store.mime(id))?.equals(mime)).toBe(true)
      expect(await at.store.mime('01980000-0000-7000-8000-000000000001')).toBeNull()
    })
  })

  describe('broken rows', () => {
    test('do not keep the others from being claimed', async () => {
      const at = await open()
      const { database, engine } = at
      const added = await addMany(at, [{}, {}, {}, {}, {}, {}, {}])
      const [retry, noMail, noBody, lane, state, noRecipients, sound] = added.map(({ id }) => id) as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ]
      const t = engine.tables
      await database.query(`update ${t.mail} set retry = '{"first":' where id = ?`, [engine.id(retry)])
      await database.query(`delete from ${t.mail} where id = ?`, [engine.id(noMail)])
      await database.query(`delete from ${t.body} where mail_id = ?`, [engine.id(noBody)])
      await database.query(`update ${t.delivery} set lane = 99 where mail_id = ?`, [engine.id(lane)])
      await database.query(`update ${t.delivery} set state = 'nonsense' where mail_id = ?`, [
        engine.id(state),
      ])
      await database.query(`delete from ${t.recipient} where mail_id = ?`, [engine.id(noRecipients)])
      const claims = new Map((await claim(at)).map((one) => [one.mailId, one]))
      expect([...claims.keys()].sort()).toEqual([retry, noBody, noRecipients, sound].sort())
      expect(claims.get(retry)).toMatchObject({ retry: null })
      expect(claims.get(noBody)).toMatchObject({ mime: null, mimeSize: null })
      expect(await at.store.document(noBody)).toBeUndefined()
      expect(claims.get(noRecipients)).toMatchObject({ recipients: [] })
      expect(await deliveryRow(at, noMail)).toMatchObject({
        state: 'failed',
        reason: 'unreadable',
        settled_at: noon,
        worker_id: null,
      })
    })
  })
}
