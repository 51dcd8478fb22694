import { describe, expect, test } from 'vitest'
import {
  add,
  addMany,
  claim,
  claimOne,
  deliveryRow,
  minute,
  newWorker,
  noon,
  type OpenStore,
} from '../../support/store.ts'

export function readContract(open: () => Promise<OpenStore>): void {
  describe('what the worker reads', () => {
    test('is the next due time of its streams, scheduled mail included, paused streams not', async () => {
      const at = await open()
      expect(await at.store.nextDue(['default'])).toBeUndefined()
      await addMany(at, [
        { sendAt: noon + 9 },
        { sendAt: noon + 5, priority: 'bulk' },
        { sendAt: noon, stream: 'other' },
      ])
      expect(await at.store.nextDue(['default'])).toBe(noon + 5)
      expect(await at.store.nextDue(['default', 'other'])).toBe(noon)
      await at.store.pause({ stream: 'other', reason: null, who: null, since: noon })
      expect(await at.store.nextDue(['default', 'other'])).toBe(noon + 5)
      expect(await at.store.nextDue([])).toBeUndefined()
    })

    test('is released mail as if it had never been claimed', async () => {
      const at = await open()
      const { id } = await add(at)
      const held = await claimOne(at)
      await at.store.returnClaims([held, { mailId: id, token: 99 }], noon + 7)
      expect(await deliveryRow(at, id)).toMatchObject({
        state: 'queued',
        due_at: noon + 7,
        attempts: 0,
        lane: 2,
        worker_id: null,
        dispatched_at: null,
      })
      expect(await at.store.dispatch(id, held.token, noon)).toBe(false)
      await at.store.returnClaims([], noon)
      expect(await claimOne(at, { now: noon + 7 })).toMatchObject({ mailId: id })
    })

    test('is given back where the answer to a turn was lost', async () => {
      const at = await open()
      await addMany(at, [{}, {}])
      const workerId = '01980000-0000-7000-8000-000000000001'
      const [known, lost] = await claim(at, { workerId })
      expect(await at.store.returnLostClaims(workerId, { held: known ? [known] : [], dueAt: noon })).toBe(1)
      expect((await claim(at)).map(({ mailId }) => mailId)).toEqual([lost?.mailId])
    })

    test('is a mail with another document, until an attempt may have gone with the old one', async () => {
      const at = await open()
      const { id } = await add(at)
      const worker = newWorker()
      await at.store.registerWorker(worker)
      const late = { document: Buffer.from('{"v":1}'), freshUntil: noon }
      const lost = await claimOne(at, { workerId: worker.id })
      await at.store.rescue(noon + 2 * minute, 5)
      expect(await at.store.dateAnew(lost, { ...late, freshUntil: noon - 1 })).toBe(false)
      const claimed = await claimOne(at, { now: noon + 2 * minute })
      expect(await at.store.dateAnew(claimed, late)).toBe(false)
      expect(await at.store.mime(id)).not.toBeNull()
      expect(await at.store.dateAnew(claimed, { ...late, freshUntil: noon - 1 })).toBe(true)
      expect((await at.store.document(id))?.document.toString()).toBe('{"v":1}')
      expect(await at.store.mime(id)).toBeNull()
    })
  })
}
