import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../support/store.ts'
import {
  add,
  addMany,
  claim,
  claimOne,
  deliveryRow,
  minute,
  noon,
  recipientStates,
  settleOnly,
  settlingOf,
} from '../../support/store.ts'

function fail(): never {
  throw new Error('it was claimed')
}

export function actContract(open: () => Promise<OpenStore>): void {
  describe('acting on mail', () => {
    test('retries what failed, asking only those again that were refused', async () => {
      const at = await open()
      const { id } = await add(at, { to: ['ada@example.com', 'bob@example.com'] })
      const settling = settlingOf(await claimOne(at), 'rejected')
      const [ada, bob] = settling.settlement.recipients
      if (!ada || !bob) throw new Error('two were asked')
      await settleOnly(at, [
        {
          ...settling,
          settlement: { ...settling.settlement, recipients: [{ seq: 0, state: 'accepted' }, bob] },
        },
      ])
      expect(await recipientStates(at, id)).toEqual(['accepted', 'rejected'])
      expect(await at.store.act('retry', { state: 'failed' }, noon + minute)).toMatchObject({ changed: 1 })
      expect(await recipientStates(at, id)).toEqual(['accepted', 'pending'])
      expect(await deliveryRow(at, id)).toMatchObject({
        state: 'queued',
        reason: null,
        due_at: noon + minute,
        settled_at: null,
        attempts: 1,
      })
      expect(await claimOne(at, { now: noon + minute })).toMatchObject({ mailId: id })
    })

    test('retries mail that expired without letting it expire again', async () => {
      const at = await open()
      const { id } = await add(at, { expiresAt: noon })
      await at.store.expire(noon, 9)
      expect(await at.store.act('retry', { id }, noon + minute)).toMatchObject({ changed: 1 })
      expect(await at.store.expire(noon + minute, 9)).toBe(0)
      expect(await claimOne(at, { now: noon + minute })).toMatchObject({ expiresAt: null })
    })

    test('makes due what waits for a transport, and neither scheduled mail nor what its own policy lets wait', async () => {
      const at = await open()
      const [failed, elsewhere, deferred, returned] = await addMany(at, [{}, {}, {}, {}])
      await add(at, { sendAt: noon + 9 * minute })
      const later = noon + 5 * minute
      const claims = new Map((await claim(at)).map((one) => [one.mailId, one]))
      const settling = (id: string | undefined, outcome: string, transport: string) => {
        const one = settlingOf(claims.get(id ?? '') ?? fail(), 'deferred')
        const { settlement, attempt } = one
        if (!attempt) throw new Error('there was an attempt')
        return {
          settlement: { ...settlement, dueAt: later },
          attempt: { ...attempt, outcome, transport },
        }
      }
      await settleOnly(at, [
        settling(failed?.id, 'fault', 'main'),
        settling(elsewhere?.id, 'fault', 'other'),
        settling(deferred?.id, 'deferred', 'main'),
      ])
      await at.store.returnClaims([claims.get(returned?.id ?? '') ?? fail()], later)
      const now = noon + minute
      expect(await at.store.makeWaitingDue([], now)).toBe(0)
      expect(await at.store.makeWaitingDue(['main'], now)).toBe(2)
      expect(await at.store.makeWaitingDue(['main'], now)).toBe(0)
      const due = await claim(at, { now })
      expect(due.map(({ mailId }) => mailId).sort()).toEqual([failed?.id, returned?.id].sort())
    })

    test('makes waiting mail due now, but not mail that was sent or whose content is gone', async () => {
      const at = await open()
      const [waiting, sent, bare] = await addMany(at, [
        { sendAt: noon + 9 * minute },
        {},
        { sendAt: noon + minute },
      ])
      await settleOnly(at, [settlingOf(await claimOne(at), 'accepted')])
      await at.database.query(`update ${at.engine.tables.delivery} set has_body = 0 where mail_id = ?`, [
        at.engine.id(bare?.id ?? ''),
      ])
      expect(await at.store.act('retry', { all: true }, noon)).toMatchObject({ changed: 1 })
      expect(await deliveryRow(at, waiting?.id ?? '')).toMatchObject({ state: 'queued', due_at: noon })
      expect(await deliveryRow(at, sent?.id ?? '')).toMatchObject({ state: 'sent' })
    })

    test('cancels what has not begun to leave', async () => {
      const at = await open()
      const [claimed, dispatched, queued, held] = await addMany(at, [
        { onUnknown: 'hold' },
        {},
        { sendAt: noon + minute },
        { sendAt: noon + minute },
      ])
      await at.store.act('hold', { id: held?.id ?? '' }, noon)
      const claims = await claim(at)
      expect(await at.store.act('cancel', { all: true }, noon + 1)).toMatchObject({ changed: 3 })
      for (const one of [claimed, queued, held])
        expect(await deliveryRow(at, one?.id ?? '')).toMatchObject({
          state: 'cancelled',
          reason: null,
          settled_at: noon + 1,
          worker_id: null,
        })
      expect(await deliveryRow(at, dispatched?.id ?? '')).toMatchObject({ state: 'sending' })
      expect(
        await at.store.dispatch(
          claimed?.id ?? '',
          claims.find(({ mailId }) => mailId === claimed?.id)?.token ?? 0,
          noon,
        ),
      ).toBe(false)
      expect(await at.store.act('cancel', { all: true }, noon)).toMatchObject({ changed: 0 })
    })

    test('holds and releases without losing the schedule', async () => {
      const at = await open()
      const { id } = await add(at, { sendAt: noon + minute, priority: 'high' })
      expect(await at.store.act('release', { id }, noon)).toMatchObject({ changed: 0 })
      expect(await at.store.act('hold', { to: 'ada@example.com' }, noon)).toMatchObject({ changed: 1 })
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'held', reason: 'by-hand' })
      expect(await claim(at, { now: noon + minute })).toEqual([])
      expect(await at.store.act('release', { id }, noon)).toMatchObject({ changed: 1 })
      expect(await claim(at)).toEqual([])
      expect(await claimOne(at, { now: noon + minute })).toMatchObject({ lane: 0 })
    })

    test('reaches thousands, in batches', async () => {
      const at = await open()
      for (let batch = 0; batch < 5; batch++) await addMany(at, Array(500).fill({ tags: ['bulk'] }))
      await add(at)
      expect(await at.store.act('cancel', { tag: 'bulk' }, noon)).toMatchObject({ changed: 2_500 })
      expect(await at.store.count({ state: 'cancelled' }, 9_999)).toBe(2_500)
      expect(await claim(at)).toHaveLength(1)
    })

    test('never changes mail that a worker claimed or settled meanwhile', async () => {
      const at = await open()
      const other = await at.another()
      await addMany(at, Array(300).fill({}))
      const [cancelled, claimed] = await Promise.all([
        at.store.act('cancel', { state: 'queued' }, noon),
        (async () => {
          let taken = 0
          for (let turn = 0; turn < 10; turn++) {
            const claims = await claim(other, { limit: 20 })
            taken += claims.length
            const verdicts = await settleOnly(
              other,
              claims.map((one) => settlingOf(one, 'accepted')),
            )
            expect(verdicts.every((verdict) => verdict === 'settled')).toBe(true)
          }
          return taken
        })(),
      ])
      const { states } = await at.store.stats(noon)
      expect(states).toMatchObject({
        sent: claimed,
        cancelled: cancelled.changed,
        queued: 300 - claimed - cancelled.changed,
      })
    })

    test('needs a filter that says what it means', async () => {
      const at = await open()
      await add(at)
      await expect(at.store.act('cancel', {}, noon)).rejects.toThrow(/PH_FILTER_INVALID/)
      await expect(at.store.act('cancel', { tag: undefined } as never, noon)).rejects.toThrow(
        /PH_FILTER_INVALID/,
      )
      expect(await at.store.count({ state: 'queued' }, 9)).toBe(1)
    })
  })
}
