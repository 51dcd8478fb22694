import { describe, expect, test } from 'vitest'
import type { Claim, Confirmed, Settling } from '../../../src/store/store.ts'
import { momentOf } from '../../support/past.ts'
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

export function forgottenContract(open: () => Promise<OpenStore>): void {
  const worker = newWorker()
  const later = noon + minute

  /** What its worker remembers of an acceptance. */
  function accepted(claimed: Claim, { isHeld = false } = {}): Confirmed {
    const { settlement, attempt } = settlingOf(claimed, 'accepted')
    if (!attempt) throw new Error('an attempt leaves a line of history')
    return { settlement, attempt, workerId: worker.id, isHeld }
  }

  const tellAgain = (at: OpenStore, one: Confirmed) => at.store.settleForgotten([one], later)

  describe('an acceptance that the database has forgotten', () => {
    test('settles the claim that has come back, all of it and once', async () => {
      const at = await open()
      const { id } = await add(at)
      const claimed = await claimOne(at, { workerId: worker.id })
      const past = await momentOf(at)
      await settleOnly(at, [accepted(claimed)])
      await past.comeBack()
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sending', token: claimed.token })
      expect(await tellAgain(at, accepted(claimed))).toEqual([id])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 0, settled_at: later })
      expect(await recipientStates(at, id)).toEqual(['accepted'])
      expect((await attemptRows(at, id)).map(({ outcome }) => outcome)).toEqual(['accepted'])
      expect(await tellAgain(at, accepted(claimed))).toEqual([])
    })

    test('settles mail that is queued again, whose next token is none that there was', async () => {
      const at = await open()
      const { id } = await add(at)
      const past = await momentOf(at)
      const claimed = await claimOne(at, { workerId: worker.id })
      await settleOnly(at, [accepted(claimed)])
      await past.comeBack()
      expect(await tellAgain(at, accepted(claimed))).toEqual([id])
      const row = await deliveryRow(at, id)
      expect(row).toMatchObject({ state: 'sent', unknowns: 0 })
      expect(row.token).toBeGreaterThan(claimed.token)
      expect(await claim(at, { now: noon + 9 * minute })).toEqual([])
    })

    test.each([
      { who: 'another worker', workerId: newWorker().id, isHeld: false },
      { who: 'its own worker', workerId: worker.id, isHeld: true },
    ])('flags mail that $who has dispatched again under the same token', async ({ workerId, isHeld }) => {
      const at = await open()
      const { id } = await add(at)
      const past = await momentOf(at)
      const claimed = await claimOne(at, { workerId: worker.id })
      await settleOnly(at, [accepted(claimed)])
      await past.comeBack()
      const again = await claimOne(at, { workerId })
      expect(again.token).toBe(claimed.token)
      expect(await tellAgain(at, accepted(claimed, { isHeld }))).toEqual([id])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sending', unknowns: 1 })
      expect(await settleOnly(at, [settlingOf(again, 'accepted', { now: later })])).toEqual(['settled'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 1 })
    })

    test('flags mail that another worker has sent again under the same token', async () => {
      const at = await open()
      const { id } = await add(at)
      const past = await momentOf(at)
      const claimed = await claimOne(at, { workerId: worker.id })
      await settleOnly(at, [accepted(claimed)])
      await past.comeBack()
      await settleOnly(at, [settlingOf(await claimOne(at), 'accepted', { now: later })])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 0 })
      expect(await tellAgain(at, accepted(claimed))).toEqual([id])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 1 })
    })
  })

  test('A22: a forgotten acceptance is told in place of the death that was supposed before it came', async () => {
    const at = await open()
    await at.store.registerWorker(worker)
    const { id } = await add(at)
    const claimed = await claimOne(at, { workerId: worker.id })
    await at.store.rescue(noon + 2 * minute, 5)
    const past = await momentOf(at)
    await settleOnly(at, [accepted(claimed)])
    await past.comeBack()
    expect(await tellAgain(at, accepted(claimed))).toEqual([id])
    expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent' })
    expect((await attemptRows(at, id)).map(({ outcome }) => outcome)).toEqual(['accepted'])
  })

  describe('an acceptance that is written', () => {
    test('undoes nothing that was done to the mail since', async () => {
      const at = await open()
      const { id } = await add(at, { to: ['ada@example.com', 'bob@example.com'] })
      const claimed = await claimOne(at, { workerId: worker.id })
      const partly = { ...accepted(claimed), ...partlyAccepted(claimed) }
      await settleOnly(at, [partly])
      expect(await at.store.act('retry', { id }, later)).toMatchObject({ changed: 1 })
      const before = await deliveryRow(at, id)
      expect(before).toMatchObject({ state: 'queued' })
      expect(await tellAgain(at, partly)).toEqual([])
      expect(await deliveryRow(at, id)).toEqual(before)
      const again = await claimOne(at, { now: later })
      expect(await tellAgain(at, partly)).toEqual([])
      expect(await settleOnly(at, [settlingOf(again, 'accepted', { now: later })])).toEqual(['settled'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 0 })
    })

    test('is not told again where it came after a rescue, nor where its mail is gone', async () => {
      const at = await open()
      await at.store.registerWorker(worker)
      const { id } = await add(at)
      const claimed = await claimOne(at, { workerId: worker.id })
      await at.store.rescue(noon + 2 * minute, 5)
      expect(await settleOnly(at, [accepted(claimed)])).toEqual(['settled'])
      const before = await deliveryRow(at, id)
      expect(await tellAgain(at, accepted(claimed))).toEqual([])
      expect(await deliveryRow(at, id)).toEqual(before)
      await at.store.purge({ states: ['sent'], before: noon + 9 * minute, exceptStreams: [], limit: 9 })
      expect(await tellAgain(at, accepted(claimed))).toEqual([])
    })
  })
}

function partlyAccepted(claimed: Claim): Pick<Settling, 'settlement'> {
  const { settlement } = settlingOf(claimed, 'rejected')
  const [, bob] = settlement.recipients
  if (!bob) throw new Error('two were asked')
  return {
    settlement: { ...settlement, accepted: true, recipients: [{ seq: 0, state: 'accepted' }, bob] },
  }
}
