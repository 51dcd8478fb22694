import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, isPosthasteError, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeDatabase, engineOf, serverKinds } from './support/databases.ts'
import { seeded } from './support/seeded.ts'

/** On each of the servers; POSTHASTE_TEST_PAIRS runs more. */
const pairs = Number(process.env.POSTHASTE_TEST_PAIRS ?? 1_000)
const seed = Number(process.env.POSTHASTE_TEST_SEED ?? Math.trunc(Math.random() * 2 ** 31))
const lanes = 8
const message = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Pair', text: 'a mail' }
const attachments = [{ filename: 'same.bin', content: Buffer.alloc(2_000, 'same') }]

type Act =
  | { readonly kind: 'plain' | 'tagged' | 'attached' | 'many' }
  | { readonly kind: 'key'; readonly key: string; readonly text: string }

interface Side {
  readonly acts: readonly Act[]
  readonly commits: boolean
}

for (const kind of serverKinds)
  describeDatabase(kind, 'pairs of transactions side by side', (_, fresh) => {
    let mail: MailQueue<'default'>
    let apps: AppDatabase[]
    let again = 0

    beforeAll(async () => {
      const { url } = await fresh()
      mail = createMailQueue({ database: url, delivery: 'capture', render: 'deliver' })
      await mail.migrate()
      // The first makes the app's table.
      apps = [await openApp(kind, url)]
      for (let n = 1; n < lanes * 2; n++) apps.push(await openApp(kind, url))
      // At their default level MariaDB and MySQL lock the gap beside every key that is waited for.
      if (engineOf(kind) === 'mysql')
        for (const app of apps) await app.run('set session transaction isolation level read committed')
    })

    afterAll(async () => {
      await Promise.all(apps.map((app) => app.close()))
      await mail.close()
    })

    test(`with different keys never deadlock, and never leave half a mail: ${pairs} pairs of seed ${seed}`, async () => {
      const random = seeded(seed)
      const own = (pair: number, side: string) => sideOf(random, `${pair} ${side}`)
      await runAll(Array.from({ length: pairs }, (_, n) => [own(n, 'one'), own(n, 'other')]))
      expect(again, `seed ${seed}`).toBe(0)
    }, 240_000)

    // MariaDB was seen to break one off at READ COMMITTED, at the insert of a key for which another waits.
    const seldom = kind === 'mariadb' ? Math.ceil(pairs / 500) : 0
    test(`that want the same keys end in at most ${seldom} deadlocks: ${pairs} pairs of seed ${seed}`, async () => {
      const random = seeded(seed)
      const shared = (pair: number) => sideOf(random, `${pair}`)
      await runAll(Array.from({ length: pairs }, (_, n) => [shared(n), shared(n)]))
      expect(again, `seed ${seed}`).toBeLessThanOrEqual(seldom)
    }, 240_000)

    async function runAll(plans: readonly (readonly [Side, Side])[]): Promise<void> {
      const before = await countOf('delivery')
      let next = 0
      let stored = 0
      const lane = async (one: AppDatabase, other: AppDatabase) => {
        for (let plan = plans[next++]; plan; plan = plans[next++]) {
          const counts = await Promise.all([run(one, plan[0]), run(other, plan[1])])
          stored += counts[0] + counts[1]
        }
      }
      await Promise.all(Array.from({ length: lanes }, (_, n) => lane(at(n * 2), at(n * 2 + 1))))
      expect(await countOf('delivery'), `seed ${seed}`).toBe(before + stored)
      expect(await countOf('mail'), `seed ${seed}`).toBe(before + stored)
      expect(stored).toBeGreaterThan(pairs)
    }

    test('that take two keys in opposite order are a deadlock of their own: one is asked to run again', async () => {
      let asked = 0
      for (let n = 0; n < 2; n++) {
        const keys = [`${n} a`, `${n} b`]
        const sides = [keys, keys.toReversed()].map((order) =>
          order.map((key): Act => ({ kind: 'key', key, text: '' })),
        )
        const both = Promise.withResolvers<void>()
        let begun = 0
        const before = await countOf('delivery')
        const outcomes = await Promise.allSettled(
          sides.map(async (acts, index) => {
            const app = at(index)
            await app.begin()
            try {
              await enqueue(app, acts[0] as Act)
              if (++begun === 2) both.resolve()
              await both.promise
              await enqueue(app, acts[1] as Act)
              await app.commit()
            } catch (error) {
              await app.rollback()
              throw error
            }
          }),
        )
        const failed = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
        for (const error of failed)
          expect(isPosthasteError(error, 'PH_SERIALIZATION'), String(error)).toBe(true)
        asked += failed.length
        expect(failed).toHaveLength(1)
        expect(await countOf('delivery')).toBe(before + 2)
        expect(await countOf('mail')).toBe(before + 2)
      }
      expect(asked).toBe(2)
    })

    /** As an app does it: what is asked to run again runs again. */
    async function run(app: AppDatabase, side: Side): Promise<number> {
      try {
        return await runOnce(app, side)
      } catch (error) {
        await app.rollback()
        if (!isPosthasteError(error, 'PH_SERIALIZATION')) throw error
        again++
        return run(app, side)
      }
    }

    async function runOnce(app: AppDatabase, { acts, commits }: Side): Promise<number> {
      let stored = 0
      await app.begin()
      for (const act of acts) stored += await enqueue(app, act)
      await (commits ? app.commit() : app.rollback())
      return commits ? stored : 0
    }

    async function enqueue({ tx }: AppDatabase, act: Act): Promise<number> {
      switch (act.kind) {
        case 'plain':
          return one(mail.enqueueIn(tx, message))
        case 'tagged':
          return one(mail.enqueueIn(tx, { ...message, cc: 'eve@example.com' }, { tags: ['a', 'b'] }))
        case 'attached':
          return one(mail.enqueueIn(tx, { ...message, attachments }))
        case 'many':
          return (await mail.enqueueManyIn(tx, [{ mail: message }, { mail: message, tags: ['c'] }])).queued
        case 'key':
          return one(mail.enqueueIn(tx, { ...message, text: act.text }, { idempotencyKey: act.key }))
      }
    }

    const at = (n: number) => apps[n] as AppDatabase

    async function countOf(table: string): Promise<number> {
      const [row] = await at(0).run(
        `select count(*) as n from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}${table}`,
      )
      return Number(row?.n)
    }
  })

/** A refusal of the key is no failure: the transaction goes on. */
async function one(enqueueing: Promise<{ status: string }>): Promise<number> {
  try {
    return (await enqueueing).status === 'queued' ? 1 : 0
  } catch (error) {
    if (isPosthasteError(error, 'PH_IDEMPOTENCY_CONFLICT')) return 0
    throw error
  }
}

/** Its keys are three, taken in their order: two sides that share them in the opposite one are the app's own deadlock. */
function sideOf(random: () => number, keys: string): Side {
  const kinds = ['plain', 'plain', 'tagged', 'attached', 'many'] as const
  const acts: Act[] = []
  const count = 1 + Math.floor(random() * 3)
  for (let from = 0; acts.length < count; ) {
    const key = from + Math.floor(random() * 3)
    if (random() < 0.5 && key < 3) {
      acts.push({ kind: 'key', key: `${keys} ${key}`, text: random() < 0.2 ? 'other' : 'same' })
      from = key + 1
    } else acts.push({ kind: kinds[Math.floor(random() * kinds.length)] ?? 'plain' })
  }
  return { acts, commits: random() < 0.75 }
}
