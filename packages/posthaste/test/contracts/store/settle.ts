import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import type { Settling } from '../../../src/store/store.ts'
import {
  add,
  addMany,
  attemptRows,
  claim,
  claimOne,
  countRows,
  deliveryRow,
  everything,
  minute,
  newContent,
  noon,
  type OpenStore,
  recipientStates,
  settleOnly,
  settlingOf,
} from '../../support/store.ts'

export function settleContract(open: () => Promise<OpenStore>): void {
  describe('settling', () => {
    test('writes the next state, what each recipient was told, and one line of history', async () => {
      const at = await open()
      const { id } = await add(at, { to: ['ada@example.com', 'bob@example.com'] })
      const claimed = await claimOne(at)
      expect(await settleOnly(at, [settlingOf(claimed, 'accepted', { now: noon + 9 })], noon + 9)).toEqual([
        'settled',
      ])
      expect(await deliveryRow(at, id)).toMatchObject({
        state: 'sent',
        reason: null,
        attempts: 1,
        settled_at: noon + 9,
        worker_id: null,
        claimed_at: null,
        dispatched_at: null,
      })
      const record = await at.store.get(id)
      expect(record?.recipients).toMatchObject(
        Array(2).fill({ state: 'accepted', code: 250, reply: 'so be it', settledAt: new Date(noon + 9) }),
      )
      const history = await at.store.attempts(id)
      expect(history).toEqual([settlingOf(claimed, 'accepted', { now: noon + 9 }).attempt])
    })

    test('moves deferred mail to the second lane of its priority, and claims it again when it is due', async () => {
      const at = await open()
      const { id } = await add(at, { priority: 'high' })
      await settleOnly(at, [settlingOf(await claimOne(at), 'deferred')])
      expect(await deliveryRow(at, id)).toMatchObject({
        state: 'queued',
        lane: 1,
        attempts: 1,
        due_at: noon + minute,
        settled_at: null,
      })
      expect(await recipientStates(at, id)).toEqual(['pending'])
      expect(await claim(at)).toEqual([])
      const again = await claimOne(at, { now: noon + minute })
      expect(again).toMatchObject({ token: 2, lane: 1, attempts: 1 })
      await settleOnly(at, [settlingOf(again, 'deferred', { now: noon + minute })], noon + minute)
      expect(await deliveryRow(at, id)).toMatchObject({ lane: 1, attempts: 2 })
      expect((await attemptRows(at, id)).map(({ token }) => token)).toEqual([1, 2])
    })

    test('settles and claims in one turn, and tells verdicts in the order of what was asked', async () => {
      const at = await open()
      await addMany(at, [{}, {}, {}, {}])
      const [first, second] = await claim(at, { limit: 2 })
      if (!first || !second) throw new Error('nothing was claimed')
      await at.store.returnClaims([first], noon)
      const { verdicts, claims } = await at.store.turn({
        workerId: v7(),
        now: noon,
        settle: [settlingOf(second, 'accepted'), settlingOf(first, 'deferred')],
        claim: [{ streams: ['default'], lanes: everything, limit: 2 }],
      })
      expect(verdicts).toEqual(['settled', 'stale'])
      expect(claims).toHaveLength(2)
      expect(await deliveryRow(at, second.mailId)).toMatchObject({ state: 'sent' })
    })

    test('writes back who is on the suppression list by now', async () => {
      const at = await open()
      const { id } = await add(at, { to: ['ada@example.com', 'bob@example.com'] })
      await at.store.suppressions.add({
        address: 'bob@example.com',
        stream: '',
        tenant: '',
        reason: 'complaint',
        origin: 'hand',
        note: null,
        createdAt: noon,
        expiresAt: null,
      })
      await settleOnly(at, [settlingOf(await claimOne(at), 'accepted')])
      expect(await recipientStates(at, id)).toEqual(['accepted', 'suppressed'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent' })
    })

    test('keeps answers of any length and of any bytes', async () => {
      const at = await open()
      const { id } = await add(at)
      const settling = settlingOf(await claimOne(at), 'rejected', { text: `\0\ud800${'x'.repeat(100_000)}` })
      const attempt = {
        ...settling.attempt,
        code: 99_999.5,
        tls: 'y'.repeat(999),
        remote: 'z\0'.repeat(999),
        enhanced: '5.1.1.1.1.1.1.1.1',
      }
      expect(await settleOnly(at, [{ ...settling, attempt } as Settling])).toEqual(['settled'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'failed', reason: 'rejected' })
      expect((await at.store.attempts(id))[0]?.reply).toMatch(/^\uFFFD\uFFFDx+$/)
    })

    test('drops the content of a sensitive mail with its settlement, but not what other mail uses', async () => {
      const at = await open()
      const [own, shared] = [newContent(Buffer.alloc(600_000, 'a')), newContent(Buffer.from('shared'))]
      const [secret, plain] = await addMany(at, [
        { sensitive: true, body: { contents: [own, shared] } },
        { body: { contents: [shared] }, sendAt: noon + minute },
      ])
      const claimed = await claimOne(at)
      expect((await at.store.document(claimed.mailId))?.contents).toEqual([own.id, shared.id])
      expect(await at.store.chunk(own.id, 2)).toHaveLength(600_000 - 2 * 256 * 1024)
      expect(await at.store.chunk(own.id, 3)).toBeUndefined()
      await settleOnly(at, [settlingOf(claimed, 'accepted')])
      expect(await deliveryRow(at, secret?.id ?? '')).toMatchObject({ state: 'sent', has_body: 0 })
      expect(await at.store.document(secret?.id ?? '')).toBeUndefined()
      expect(await at.store.chunk(own.id, 0)).toBeUndefined()
      expect((await at.store.document(plain?.id ?? ''))?.contents).toEqual([shared.id])
      expect((await at.store.chunk(shared.id, 0))?.toString()).toBe('shared')
      expect(await countRows(at, 'content')).toBe(1)
    })

    test('is told again, and changes nothing, where the answer to the first telling was lost', async () => {
      const at = await open()
      const { id } = await add(at)
      const settling = settlingOf(await claimOne(at), 'accepted')
      expect(await settleOnly(at, [settling])).toEqual(['settled'])
      expect(await settleOnly(at, [settling], noon + 5)).toEqual(['settled'])
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sent', unknowns: 0, settled_at: noon })
      const deferred = await add(at)
      const deferral = settlingOf(await claimOne(at), 'deferred')
      await settleOnly(at, [deferral])
      await claimOne(at, { now: noon + minute })
      expect(await settleOnly(at, [deferral])).toEqual(['settled'])
      expect(await deliveryRow(at, deferred.id)).toMatchObject({ state: 'sending', token: 2 })
    })
  })
}
