import { describe, expect, test } from 'vitest'
import type { Claim, Settling } from '../../../src/store/store.ts'
import type { OpenStore } from '../../support/store.ts'
import {
  add,
  attemptRows,
  claim,
  claimOne,
  deliveryRow,
  minute,
  newWorker,
  noon,
  recipientStates,
  settleOnly,
  settlingOf,
} from '../../support/store.ts'

const withServerId = ({ attempt, ...settling }: Settling, serverMessageId: string): Settling => ({
  ...settling,
  attempt: attempt && { ...attempt, serverMessageId },
})

export function staleContract(open: () => Promise<OpenStore>): void {
  /** Claimed by a worker whose lease has ended, and taken from it. */
  async function rescued(at: OpenStore): Promise<Claim> {
    const worker = newWorker()
    await at.store.registerWorker(worker)
    const lost = await claimOne(at, { workerId: worker.id })
    await at.store.rescue(noon + 2 * minute, 5)
    return lost
  }

  describe('a settlement whose claim was taken away', () => {
    test('is only a line of history where the mail was not accepted', async () => {
      const at = await open()
      const { id } = await add(at)
      const lost = await rescued(at)
      const before = await deliveryRow(at, id)
      expect(await settleOnly(at, [settlingOf(lost, 'rejected')])).toEqual(['stale'])
      expect(await deliveryRow(at, id)).toEqual(before)
      expect(await recipientStates(at, id)).toEqual(['pending'])
      expect((await attemptRows(at, id)).map(({ outcome }) => outcome)).toEqual(['rejected'])
    })

    test('A22: tells what came of it in place of the death that was supposed, with the id that the server gave', async () => {
      const at = await open()
      const { id } = await add(at)
      const lost = await rescued(at)
      const late = withServerId(settlingOf(lost, 'accepted'), 'first')
      const second = settlingOf(await claimOne(at, { now: noon + 2 * minute }), 'accepted')
      await settleOnly(at, [withServerId(second, 'second')])
      expect(await at.store.attempts(id)).toMatchObject([{ outcome: 'died' }, { serverMessageId: 'second' }])
      expect(await settleOnly(at, [late])).toEqual(['recorded'])
      const both = [
        { outcome: 'accepted', serverMessageId: 'first', doubt: false },
        { outcome: 'accepted', serverMessageId: 'second', doubt: false },
      ]
      expect(await at.store.attempts(id)).toMatchObject(both)
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 2 })
    })

    test.each(['deferred', 'rejected', 'unknown'] as const)(
      'A22: tells that it was %s, and moves nothing',
      async (verdict) => {
        const at = await open()
        const { id } = await add(at)
        const lost = await rescued(at)
        await settleOnly(at, [settlingOf(await claimOne(at, { now: noon + 2 * minute }), 'accepted')])
        const before = await deliveryRow(at, id)
        expect(await settleOnly(at, [settlingOf(lost, verdict)])).toEqual(['stale'])
        expect(await deliveryRow(at, id)).toEqual(before)
        const history = await at.store.attempts(id)
        expect(history.map(({ outcome }) => outcome)).toEqual([verdict, 'accepted'])
      },
    )

    test('A22: is recorded where one turn settles the next claim of that mail, too', async () => {
      const at = await open()
      const { id } = await add(at)
      const lost = await rescued(at)
      const next = await claimOne(at, { now: noon + 2 * minute })
      const settlings = [
        withServerId(settlingOf(lost, 'accepted'), 'first'),
        withServerId(settlingOf(next, 'accepted'), 'second'),
      ]
      expect(await settleOnly(at, settlings)).toEqual(['recorded', 'settled'])
      const history = await at.store.attempts(id)
      expect(history.map(({ serverMessageId }) => serverMessageId)).toEqual(['first', 'second'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 2 })
    })

    test('settles the mail where it was accepted and is queued again', async () => {
      const at = await open()
      const { id } = await add(at)
      const lost = await rescued(at)
      expect(await settleOnly(at, [settlingOf(lost, 'accepted')])).toEqual(['settled'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', settled_at: noon })
      expect(await recipientStates(at, id)).toEqual(['accepted'])
      expect(await claim(at, { now: noon + 9 * minute })).toEqual([])
    })

    test('settles the mail where it was accepted and held in doubt', async () => {
      const at = await open()
      const { id } = await add(at, { onUnknown: 'hold' })
      const worker = newWorker()
      await at.store.registerWorker(worker)
      const lost = await claimOne(at, { workerId: worker.id })
      await at.store.dispatch(id, lost.token, noon)
      await at.store.rescue(noon + 2 * minute, 5)
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'held', reason: 'unknown', unknowns: 1 })
      expect(await settleOnly(at, [settlingOf(lost, 'accepted')])).toEqual(['settled'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', reason: null })
    })

    test('takes it from a worker that has not dispatched it yet', async () => {
      const at = await open()
      const { id } = await add(at, { onUnknown: 'hold' })
      const lost = await rescued(at)
      const other = await claimOne(at, { now: noon + 2 * minute })
      expect(await settleOnly(at, [settlingOf(lost, 'accepted')])).toEqual(['settled'])
      expect(await at.store.dispatch(id, other.token, noon)).toBe(false)
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent' })
      expect(await settleOnly(at, [settlingOf(other, 'deferred')])).toEqual(['stale'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent' })
    })

    test('is recorded and flagged where somebody has dispatched the mail again', async () => {
      const at = await open()
      const { id } = await add(at)
      const lost = await rescued(at)
      const other = await claimOne(at, { now: noon + 2 * minute })
      expect(other.unknowns).toBe(1)
      expect(await settleOnly(at, [settlingOf(lost, 'accepted')])).toEqual(['recorded'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sending', token: other.token, unknowns: 2 })
      expect(await settleOnly(at, [settlingOf(other, 'accepted')])).toEqual(['settled'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 2 })
    })

    test('is remembered where the second dispatch is put off: who has the mail is not asked a third time', async () => {
      const at = await open()
      const { id } = await add(at)
      const lost = await rescued(at)
      const other = await claimOne(at, { now: noon + 2 * minute })
      await settleOnly(at, [settlingOf(lost, 'accepted')])
      await settleOnly(at, [settlingOf(other, 'deferred', { now: noon + 2 * minute })], noon + 2 * minute)
      expect(await recipientStates(at, id)).toEqual(['accepted'])
      expect((await claimOne(at, { now: noon + 9 * minute })).recipients.map(({ state }) => state)).toEqual([
        'accepted',
      ])
    })

    test('is recorded and flagged where the mail was sent again in the meantime', async () => {
      const at = await open()
      const { id } = await add(at)
      const lost = await rescued(at)
      await settleOnly(at, [settlingOf(await claimOne(at, { now: noon + 2 * minute }), 'accepted')])
      expect(await settleOnly(at, [settlingOf(lost, 'accepted')])).toEqual(['recorded'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 2 })
    })

    test('keeps the mail queued for those who were not accepted', async () => {
      const at = await open()
      const { id } = await add(at, { to: ['ada@example.com', 'bob@example.com'] })
      const lost = await rescued(at)
      const partly = settlingOf(lost, 'accepted')
      const [ada] = partly.settlement.recipients
      const settlement = {
        ...partly.settlement,
        state: 'queued' as const,
        recipients: ada ? [ada, { seq: 1, state: 'pending' as const }] : [],
      }
      expect(await settleOnly(at, [{ ...partly, settlement }])).toEqual(['settled'])
      expect(await recipientStates(at, id)).toEqual(['accepted', 'pending'])
      const { recipients } = await claimOne(at, { now: noon + 2 * minute })
      expect(recipients.map(({ state }) => state)).toEqual(['accepted', 'pending'])
    })

    test('is stale where the mail is gone', async () => {
      const at = await open()
      await add(at)
      const claimed = await claimOne(at)
      await at.database.query(`delete from ${at.engine.tables.delivery}`)
      expect(await settleOnly(at, [settlingOf(claimed, 'accepted')])).toEqual(['stale'])
    })
  })
}
