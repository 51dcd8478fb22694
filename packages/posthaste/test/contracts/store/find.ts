import { describe, expect, test } from 'vitest'
import type { Filter } from '../../../src/filter.ts'
import type { OpenStore } from '../../support/store.ts'
import { add, addMany, claimOne, minute, noon, settleOnly, settlingOf } from '../../support/store.ts'

export function findContract(open: () => Promise<OpenStore>): void {
  const idsOf = async (at: OpenStore, filter: Filter) =>
    (await at.store.find(filter, { limit: 100 })).items.map(({ id }) => id)

  describe('finding', () => {
    test('gives one mail whole', async () => {
      const at = await open()
      const { id } = await add(at, {
        to: ['Ada@Example.com'],
        subject: 'Über 9000',
        tenant: 'acme',
        priority: 'low',
        expiresAt: noon + minute,
        onUnknown: 'hold',
        metadata: '{"order":7}',
        tags: ['b', 'a'],
        idempotencyKey: 'order-7',
        resentFrom: '01980000-0000-7000-8000-000000000001',
      })
      expect(await at.store.get(id)).toEqual({
        id,
        messageId: `<${id}@example.com>`,
        state: 'queued',
        reason: null,
        subject: 'Über 9000',
        sender: 'shop@example.com',
        stream: 'default',
        tenant: 'acme',
        priority: 'low',
        createdAt: new Date(noon),
        sendAt: new Date(noon),
        dueAt: new Date(noon),
        expiresAt: new Date(noon + minute),
        settledAt: null,
        attempts: 0,
        unknowns: 0,
        refusedAt: null,
        onUnknown: 'hold',
        sensitive: false,
        size: 35,
        hasBody: true,
        idempotencyKey: 'order-7',
        resentFrom: '01980000-0000-7000-8000-000000000001',
        metadata: { order: 7 },
        tags: ['a', 'b'],
        recipients: [
          {
            address: 'Ada@Example.com',
            kind: 'to',
            state: 'pending',
            code: null,
            enhanced: null,
            reply: null,
            settledAt: null,
          },
        ],
        unreadable: [],
      })
      expect(await at.store.get('01980000-0000-7000-8000-000000000001')).toBeUndefined()
      expect(await at.store.get('nonsense')).toBeUndefined()
      expect(await at.store.attempts('nonsense')).toEqual([])
    })

    test('pages through everything, newest first, whatever is added meanwhile', async () => {
      const at = await open()
      const added = await addMany(at, Array(7).fill({}))
      const seen: string[] = []
      for (let after: string | undefined; ; ) {
        const { items, next } = await at.store.find({ all: true }, { limit: 3, after })
        seen.push(...items.map(({ id }) => id))
        await add(at)
        if (next === undefined) break
        after = next
      }
      expect(seen).toEqual(added.map(({ id }) => id).reverse())
      expect(await at.store.count({ all: true }, 100)).toBe(10)
      expect(await at.store.count({ all: true }, 4)).toBe(4)
    })

    test('narrows by every key', async () => {
      const at = await open()
      const [first, second, third] = (
        await addMany(at, [
          {
            to: ['ada@example.com', 'bob@other.example'],
            subject: 'Your ORDER 7',
            tags: ['x'],
            tenant: 'acme',
            idempotencyKey: 'k',
            createdAt: noon - minute,
          },
          {
            to: ['Ada@Example.com'],
            subject: 'Your order 8',
            stream: 'news',
            tags: ['x', 'y'],
            sendAt: noon + minute,
          },
          { to: ['cleo@sub.other.example'], subject: '100% of_it', tenant: 'other' },
        ])
      ).map(({ id }) => id) as [string, string, string]
      await settleOnly(at, [settlingOf(await claimOne(at), 'rejected')])
      const cases: [Filter, string[]][] = [
        [{ id: first }, [first]],
        [{ id: [first, third, first] }, [third, first]],
        [{ id: [] }, []],
        [{ to: 'ADA@example.com' }, [second, first]],
        [{ to: '@other.example' }, [first]],
        [{ to: '@example.com' }, [second, first]],
        [{ subject: 'your order' }, [second, first]],
        [{ subject: '100%' }, [third]],
        [{ messageId: `<${second}@example.com>` }, [second]],
        [{ messageId: `${second}@example.com` }, [second]],
        [{ tag: 'x' }, [second, first]],
        [{ tag: 'X' }, []],
        [{ tenant: 'acme' }, [first]],
        [{ stream: 'news' }, [second]],
        [{ idempotencyKey: 'k' }, [first]],
        [{ idempotencyKey: 'K' }, []],
        [{ state: 'failed' }, [first]],
        [{ state: 'queued' }, [third, second]],
        [{ state: ['failed', 'queued'] }, [third, second, first]],
        [{ state: 'sent' }, []],
        [{ since: new Date(noon) }, [third, second]],
        [{ until: new Date(noon).toISOString() }, [first]],
        [{ unknown: false, to: 'ada@example.com', tag: 'y' }, [second]],
        [{ unknown: true }, []],
        [
          {
            state: 'failed',
            to: 'ada@example.com',
            subject: 'your',
            tenant: 'acme',
            tag: 'x',
            stream: 'default',
          },
          [first],
        ],
        [{ state: 'queued', tag: 'x' }, [second]],
        [{ all: true }, [third, second, first]],
      ]
      for (const [filter, expected] of cases)
        expect([filter, await idsOf(at, filter)]).toEqual([filter, expected])
    })

    test('calls mail that waits for its next try deferred', async () => {
      const at = await open()
      const [first] = await addMany(at, [{}, { sendAt: noon + minute }])
      await settleOnly(at, [settlingOf(await claimOne(at), 'deferred')])
      expect(await idsOf(at, { state: 'deferred' })).toEqual([first?.id])
      expect(await idsOf(at, { state: ['deferred', 'sent'] })).toEqual([first?.id])
      expect(await idsOf(at, { state: 'queued' })).toHaveLength(2)
    })

    test('refuses a cursor that no page gave', async () => {
      const at = await open()
      await expect(at.store.find({ all: true }, { limit: 1, after: 'x' })).rejects.toThrow(
        /PH_FILTER_INVALID/,
      )
      await expect(at.store.find({}, { limit: 1 })).rejects.toThrow(/PH_FILTER_INVALID/)
    })
  })

  describe('statistics', () => {
    test('count states, and per stream what is due, scheduled, waiting for its next try and under way', async () => {
      const at = await open()
      await addMany(at, [{}, {}, {}, {}])
      for (const verdict of ['accepted', 'rejected', 'deferred', 'unknown'] as const)
        await settleOnly(at, [settlingOf(await claimOne(at), verdict)])
      await addMany(at, [
        { sendAt: noon - minute },
        { sendAt: noon - 1 },
        { sendAt: noon + 9 * minute },
        { stream: 'news' },
      ])
      await claimOne(at, { streams: ['news'] })
      const stats = await at.store.stats(noon + 30)
      expect(stats.states).toEqual({
        queued: 5,
        sending: 1,
        sent: 1,
        failed: 1,
        suppressed: 0,
        cancelled: 0,
        held: 0,
      })
      expect(stats.streams).toEqual([
        { stream: 'default', due: 2, scheduled: 1, retrying: 2, sending: 0, oldestDue: noon - minute },
        { stream: 'news', due: 0, scheduled: 0, retrying: 0, sending: 1, oldestDue: null },
      ])
      expect(stats).toMatchObject({ unknown: 1, sentLastMinute: 1, sentLastHour: 1, failedLastHour: 1 })
      expect(await at.store.stats(noon + 2 * minute)).toMatchObject({ sentLastMinute: 0, sentLastHour: 1 })
    })

    test('are all noughts for an empty queue', async () => {
      const at = await open()
      expect(await at.store.stats(noon)).toMatchObject({ streams: [], unknown: 0, sentLastHour: 0 })
    })
  })
}
