import { describe, expect, test } from 'vitest'
import type { Claim } from '../../../src/store/store.ts'
import type { OpenStore } from '../../support/store.ts'
import {
  add,
  addMany,
  attemptRows,
  claim,
  deliveryRow,
  everything,
  minute,
  newWorker,
  noon,
  settleOnly,
  settlingOf,
} from '../../support/store.ts'

export function raceContract(open: () => Promise<OpenStore>): void {
  const twice = (at: OpenStore) => Promise.all([at, at.another()])

  async function drain(at: OpenStore, workerId: string): Promise<string[]> {
    const seen: string[] = []
    let held: Claim[] = []
    do {
      const { verdicts, claims } = await at.store.turn({
        workerId,
        now: noon,
        settle: held.map((one) => settlingOf(one, 'accepted')),
        claim: [{ streams: ['default'], lanes: everything, limit: 7 }],
      })
      expect(verdicts.every((verdict) => verdict === 'settled')).toBe(true)
      held = claims
      seen.push(...claims.map(({ mailId }) => mailId))
    } while (held.length > 0)
    return seen
  }

  describe('two at once', () => {
    test('never claim the same mail, and leave none', async () => {
      const at = await open()
      const workers = await Promise.all([at, at.another(), at.another(), at.another()])
      await addMany(at, Array(400).fill({}))
      const seen = await Promise.all(workers.map((one) => drain(one, newWorker().id)))
      expect(seen.flat()).toHaveLength(400)
      expect(new Set(seen.flat()).size).toBe(400)
      expect((await at.store.stats(noon)).states).toMatchObject({ sent: 400, queued: 0, sending: 0 })
    })

    test("settle overlapping batches, in whatever order, without standing in each other's way", async () => {
      const [one, other] = await twice(await open())
      await addMany(one, Array(60).fill({}))
      const claims = await claim(one, { limit: 60 })
      const settlings = claims.map((claimed) => settlingOf(claimed, 'accepted'))
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, n) =>
          settleOnly(n % 2 ? one : other, n % 2 ? settlings : settlings.toReversed()),
        ),
      )
      expect(answers.flat().every((verdict) => verdict === 'settled')).toBe(true)
      expect((await one.store.stats(noon)).states).toMatchObject({ sent: 60 })
    })

    test('rescue no mail twice', async () => {
      const [one, other] = await twice(await open())
      for (let round = 0; round < 5; round++) {
        const workers = [newWorker(), newWorker()]
        for (const worker of workers) await one.store.registerWorker(worker)
        const added = await addMany(one, Array(20).fill({ sendAt: noon + round }))
        for (const { id } of workers) await claim(one, { workerId: id, now: noon + round })
        const later = noon + 2 * minute
        const saved = await Promise.all([
          one.store.rescue(later, 9),
          other.store.rescue(later, 9),
          one.store.rescue(later, 9),
        ])
        const rest = await other.store.rescue(later, 9)
        expect([...saved, rest].reduce((sum, { mails }) => sum + mails, 0)).toBe(20)
        for (const { id } of added) {
          expect(await deliveryRow(one, id)).toMatchObject({ state: 'queued', rescues: 1, unknowns: 1 })
          expect(await attemptRows(one, id)).toHaveLength(1)
        }
        await one.store.act('cancel', { state: 'queued' }, noon)
      }
    })

    // The first mail's recipients take a while to be read; the others are committed meanwhile, and locked after it.
    test('claim whole what is committed while they claim', async () => {
      const [one, other] = await twice(await open())
      const crowd = Array.from({ length: 5_000 }, (_, n) => `ada-${n}@example.com`)
      let committed = 0
      for (let round = 0; round < 5; round++) {
        await add(one, { to: crowd, sendAt: noon - 1 })
        let claiming = true
        const enqueueing = (async () => {
          for (; claiming; committed++) await add(other)
        })()
        const claims = await claim(one, { limit: 40 })
        claiming = false
        await enqueueing
        expect(claims.map(({ recipients }) => recipients.length)).toEqual([
          crowd.length,
          ...Array(claims.length - 1).fill(1),
        ])
      }
      expect(committed).toBeGreaterThan(0)
      expect((await one.store.stats(noon)).states).toMatchObject({ failed: 0 })
    })

    test('claim, act, rescue and purge together for a while, and nothing is lost or stuck', async () => {
      const [one, other] = await twice(await open())
      const added = await addMany(one, Array(200).fill({ to: ['ada@example.com', 'bob@example.com'] }))
      const ids = added.slice(0, 100).map(({ id }) => id)
      await Promise.all([
        drain(one, newWorker().id),
        other.store.act('hold', { id: ids }, noon),
        one.store.act('cancel', { id: ids.toReversed() }, noon),
        other.store.purge({ states: ['sent', 'cancelled'], before: noon + 1, limit: 50 }),
        one.store.expire(noon, 50),
      ])
      const { states } = await one.store.stats(noon)
      expect(states).toMatchObject({ queued: 0, sending: 0, failed: 0 })
    })
  })

  describe('an app that enqueues', () => {
    test('does not wait for a claim that is not committed yet', async (context) => {
      const at = await open()
      context.skip(at.kind === 'sqlite', 'SQLite has one writer: the app waits its turn')
      await addMany(at, Array(5).fill({}))
      const other = await at.another()
      await at.database.transaction(async (tx) => {
        await tx.query(
          `update ${at.engine.tables.delivery} set token = token + 1 where state = 'queued' and stream = 'default' and lane = 2`,
        )
        const { id } = await add(other, { sendAt: noon - 1 })
        expect(await deliveryRow(other, id)).toMatchObject({ state: 'queued' })
        expect((await claim(other)).map(({ mailId }) => mailId)).toEqual([id])
      })
    })

    test('does not keep the worker from claiming what others have committed', async (context) => {
      const at = await open()
      context.skip(at.kind === 'sqlite', 'SQLite has one writer: the worker waits its turn')
      const other = await at.another()
      const { id } = await add(at)
      await other.database.transaction(async (tx) => {
        await add({
          database: { ...other.database, transaction: (work) => work(tx) },
          engine: other.engine,
        })
        expect((await claim(at)).map(({ mailId }) => mailId)).toEqual([id])
      })
      expect(await claim(at)).toHaveLength(1)
    })
  })
}
