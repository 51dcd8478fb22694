import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../../src/refusal.ts'
import { refusalOf, tenantBrake } from '../../support/brakes.ts'
import {
  add,
  attemptRows,
  claimOne,
  countRows,
  deliveryRow,
  minute,
  noon,
  type OpenStore,
  recipientStates,
  settleOnly,
  settlingOf,
} from '../../support/store.ts'

const brake = tenantBrake(noon)

const refusal = (mailId: string, given: Partial<Refusal> = {}) => refusalOf(mailId, noon, given)

export function refusalContract(open: () => Promise<OpenStore>): void {
  /** A mail whose server deferred everybody, which is how a refusal without a proof is settled. */
  async function waiting(at: OpenStore, given: Parameters<typeof add>[1] = {}): Promise<string> {
    const { id } = await add(at, given)
    await settleOnly(at, [settlingOf(await claimOne(at), 'deferred', { text: 'no' })])
    return id
  }

  describe('refusals', () => {
    test('are kept once, by the first time, and read as they were given, by transport', async () => {
      const at = await open()
      const { refusals } = at.store
      const id = await waiting(at, { to: ['ada@example.com', 'bob@example.com'] })
      const [first, second] = [refusal(id), refusal(id, { seq: 1, isSenders: true, tenant: 'acme' })]
      await refusals.note([first, second])
      await refusals.note([refusal(id, { refusedAt: noon + minute, reply: 'another' })])
      expect((await refusals.read(noon, 'main')).waiting).toEqual(expect.arrayContaining([first, second]))
      expect((await refusals.read(noon)).waiting).toHaveLength(2)
      expect((await refusals.read(noon, 'other')).waiting).toEqual([])
    })

    test('wait only while their mail and their recipient do', async () => {
      const at = await open()
      const { refusals } = at.store
      const { id } = await add(at, { to: ['ada@example.com'] })
      await refusals.note([refusal(id)])
      await settleOnly(at, [settlingOf(await claimOne(at), 'accepted')])
      expect((await refusals.read(noon)).waiting).toEqual([])
      expect(await countRows(at, 'refusal')).toBe(1)
      await at.store.sweep({ before: noon, pinnedBefore: noon, limit: 9 })
      expect(await countRows(at, 'refusal')).toBe(0)
    })

    test('fail their mail when they are proven, with what the server said and a line of history', async () => {
      const at = await open()
      const id = await waiting(at)
      await at.store.refusals.note([refusal(id)])
      const proven = await at.store.refusals.prove([refusal(id)], { worker: 'w1', now: noon + 9 })
      expect(proven).toMatchObject([{ mailId: id, hasFailed: true, reply: { code: 450, text: 'no' } }])
      expect(await deliveryRow(at, id)).toMatchObject({
        ...{ state: 'failed', reason: 'rejected', attempts: 1, settled_at: noon + 9 },
      })
      expect((await at.store.get(id))?.recipients).toMatchObject([
        { state: 'rejected', code: 450, reply: 'no', settledAt: new Date(noon + 9) },
      ])
      expect((await attemptRows(at, id)).map(({ outcome }) => outcome)).toEqual(['deferred', 'proven'])
      expect((await at.store.refusals.read(noon)).waiting).toEqual([])
      expect(await at.store.refusals.prove([refusal(id)], { worker: 'w1', now: noon })).toEqual([])
    })

    test('leave the mail to its other recipients, and drop the content of a sensitive one that has ended', async () => {
      const at = await open()
      const both = await waiting(at, { to: ['ada@example.com', 'bob@example.com'] })
      const secret = await waiting(at, { sensitive: true })
      const proven = [refusal(both, { seq: 1 }), refusal(secret)]
      await at.store.refusals.note(proven)
      await at.store.refusals.prove(proven, { worker: 'w1', now: noon })
      expect(await deliveryRow(at, both)).toMatchObject({ state: 'queued', due_at: noon + minute })
      expect(await recipientStates(at, both)).toEqual(['pending', 'rejected'])
      expect(await deliveryRow(at, secret)).toMatchObject({ state: 'failed', has_body: 0 })
    })

    test('of mail that is under way, or held by a person, are not proven', async () => {
      const at = await open()
      const held = await waiting(at)
      await at.store.act('hold', { id: held }, noon)
      const { id } = await add(at)
      await claimOne(at)
      const all = [refusal(held), refusal(id)]
      await at.store.refusals.note(all)
      expect(await at.store.refusals.prove(all, { worker: 'w1', now: noon })).toEqual([])
      expect(await deliveryRow(at, held)).toMatchObject({ state: 'held' })
      expect((await at.store.refusals.read(noon)).waiting.map(({ mailId }) => mailId)).toEqual([id])
    })

    test('are forgotten where their mail goes again: by itself, by hand, with the person', async () => {
      const at = await open()
      const ids = [await waiting(at), await waiting(at), await waiting(at)]
      const [freed = '', retried = ''] = ids
      await at.store.refusals.note(ids.map((id) => refusal(id)))
      await at.store.refusals.free([refusal(freed)], noon + 5)
      expect(await deliveryRow(at, freed)).toMatchObject({ state: 'queued', due_at: noon + 5, attempts: 1 })
      await at.store.act('retry', { id: retried }, noon)
      expect((await at.store.refusals.read(noon)).waiting.map(({ mailId }) => mailId)).toEqual(ids.slice(2))
      await at.store.forget('ada@example.com', noon)
      expect(await countRows(at, 'refusal')).toBe(0)
    })
  })

  describe('a brake', () => {
    test('begins once, and remembers how long it was on before', async () => {
      const { refusals } = (await open()).store
      expect(await refusals.brake(brake)).toBe(true)
      expect(await refusals.brake({ ...brake, since: noon + 1 })).toBe(false)
      expect((await refusals.read(noon, 'main')).brakes).toEqual([brake])
      expect(await refusals.release(brake, noon + minute)).toBe(true)
      expect(await refusals.release(brake, noon + minute)).toBe(false)
      expect((await refusals.read(noon, 'main')).brakes).toEqual([{ ...brake, endedAt: noon + minute }])
      const again = { ...brake, since: noon + 2 * minute, reply: 'other' }
      expect(await refusals.brake(again)).toBe(true)
      expect((await refusals.read(noon)).brakes).toEqual([{ ...again, earlierMs: minute }])
    })

    test('gives its canary to one, when it is time, and again when that one gave no answer', async () => {
      const { refusals } = (await open()).store
      await refusals.brake(brake)
      const take = (now: number) => refusals.takeCanary(brake, { now, until: now + minute })
      expect(await take(noon)).toBe(false)
      expect(await Promise.all([1, 2, 3].map(() => take(brake.canaryAt)))).toEqual(
        expect.arrayContaining([true, false, false]),
      )
      expect(await take(brake.canaryAt + minute - 1)).toBe(false)
      expect(await take(brake.canaryAt + minute)).toBe(true)
      await refusals.moveCanary(brake, noon + 9 * minute)
      expect(await take(noon + 8 * minute)).toBe(false)
      expect(await take(noon + 9 * minute)).toBe(true)
      await refusals.release(brake, noon)
      expect(await take(noon + 99 * minute)).toBe(false)
    })

    test('ends when nothing tried it for long, and is forgotten long after', async () => {
      const at = await open()
      await at.store.refusals.brake(brake)
      const sweep = (before: number, pinnedBefore: number) =>
        at.store.sweep({ before, pinnedBefore, limit: 9 })
      await sweep(brake.canaryAt, noon + 9 * minute)
      expect((await at.store.refusals.read(noon)).brakes).toEqual([brake])
      await sweep(brake.canaryAt + 1, brake.canaryAt)
      expect((await at.store.refusals.read(noon)).brakes).toEqual([{ ...brake, endedAt: brake.canaryAt }])
      await sweep(noon, brake.canaryAt + 1)
      expect(await countRows(at, 'brake')).toBe(0)
    })
  })
}
