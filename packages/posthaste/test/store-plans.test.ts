import { v7 } from 'uuid'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Executor, Value } from '../src/connections/database.ts'
import type { Filter } from '../src/filter.ts'
import { duePairs } from '../src/store/delivery/due-pairs.ts'
import { postgresTurnSql } from '../src/store/postgres/turn-sql.ts'
import { matchingSql } from '../src/store/record/matching.ts'
import { tableNames } from '../src/store/tables.ts'
import { describeDatabase, describeEachDatabase, engineOf } from './support/databases.ts'
import {
  addMany,
  claim,
  everything,
  minute,
  noon,
  type OpenStore,
  openStore,
  settleOnly,
  settlingOf,
} from './support/store.ts'

describeEachDatabase('among thousands of mails', (kind, fresh) => {
  let at: OpenStore
  const rare = v7()

  beforeAll(async () => {
    at = await openStore(kind, await fresh())
    for (let batch = 0; batch < 8; batch++)
      await addMany(
        at,
        Array.from({ length: 500 }, (_, n) => ({
          to: [`user${batch}-${n}@example.com`],
          subject: `Order ${batch}-${n}`,
          tags: [`order-${batch}-${n}`],
          tenant: 'acme',
          sendAt: noon + minute,
        })),
      )
    await addMany(at, Array(8).fill({ stream: 'rare', tenant: 'rare', createdAt: noon + 9 * minute }))
    await addMany(at, [{ id: rare, idempotencyKey: 'key-7', stream: 'rare', createdAt: noon + 9 * minute }])
    const claims = await claim(at, { streams: ['rare'], limit: 4 })
    const verdicts = ['rejected', 'deferred', 'unknown'] as const
    await settleOnly(
      at,
      claims.slice(1).map((one, n) => settlingOf(one, verdicts[n] ?? 'accepted')),
    )
    await at.store.act('hold', { id: rare }, noon)
    await analyze()
    return () => at.close()
  })

  async function analyze(): Promise<void> {
    if (kind === 'sqlite') await at.database.query('analyze')
    else
      for (const table of tableNames)
        await at.database.query(
          `analyze ${engineOf(kind) === 'mysql' ? 'table ' : ''}${at.engine.tables[table]}`,
        )
  }

  /** What the database says that it would do, one line a step. */
  async function plan(sql: string, params: readonly Value[]): Promise<string[]> {
    const { rows } = await at.database.query(
      `explain ${kind === 'sqlite' ? 'query plan ' : ''}${sql}`,
      params,
    )
    return rows.map((row) => {
      if (engineOf(kind) === 'mysql') return `${row.type} ${row.table} ${row.key}`
      return String(kind === 'sqlite' ? row.detail : row['QUERY PLAN']).trim()
    })
  }

  const scan = {
    sqlite: /^SCAN [mrtd]\b(?!.*delivery_(unknown|held_by))/,
    postgres: /Seq Scan on (mail|recipient|tag|delivery)\b/,
    mysql: /^(ALL|index) [mrtd]\b/,
  }[engineOf(kind)]

  describe('no search reads them all', () => {
    const filters: Filter[] = [
      { id: rare },
      { to: 'user3-33@example.com' },
      { to: 'user3-33@example.com', state: 'queued', tag: 'order-3-33' },
      { subject: 'order 3-33' },
      { messageId: `<${rare}@example.com>` },
      { idempotencyKey: 'key-7' },
      { tag: 'order-3-33' },
      { stream: 'rare' },
      { tenant: 'rare' },
      { state: 'failed' },
      { state: ['failed', 'held', 'cancelled'] },
      { state: 'sending' },
      { state: 'deferred', stream: 'rare' },
      { unknown: true },
    ]
    test.each(filters)('%j', async (filter) => {
      const { sql, params } = matchingSql(filter, { limit: 51 }, at.engine)
      const steps = await plan(sql, params)
      expect(
        steps.filter((step) => scan.test(step)),
        steps.join('\n'),
      ).toEqual([])
      expect((await at.store.find(filter, { limit: 50 })).items.length).toBeGreaterThan(0)
    })
  })

  test('the first due mail of each lane is one step into the index, however many wait', async (context) => {
    context.skip(engineOf(kind) !== 'mysql', 'elsewhere nothing tells how many rows were read')
    const claim = [{ streams: ['default', 'rare'], lanes: everything, limit: 20 }]
    const turn = { workerId: v7(), settle: [], claim, now: noon + 9 * minute }
    await at.database.transaction(async (tx) => {
      const before = await rowsRead(tx)
      expect(await duePairs(tx, turn, at.engine)).not.toEqual([])
      expect((await rowsRead(tx)) - before).toBeLessThan(100)
    })
  })

  async function rowsRead(tx: Executor): Promise<number> {
    const { rows } = await tx.query("show session status like 'Handler_read_%'")
    const counts = rows.filter(({ Variable_name: name }) => !/rnd/.test(String(name)))
    return counts.reduce((sum, { Value }) => sum + Number(Value), 0)
  }

  test('a claim goes straight to what is due', async (context) => {
    context.skip(kind !== 'postgres', 'elsewhere a claim is a plain select by the index')
    const turn = {
      workerId: v7(),
      settle: [],
      claim: [{ streams: ['default'], lanes: everything, limit: 20 }],
      now: noon + 9 * minute,
    }
    const { sql, params } = postgresTurnSql(at.engine, turn)
    const steps = await plan(sql, params)
    expect(steps.join('\n')).toMatch(/Index Scan using delivery_due on delivery n/)
    expect(
      steps.filter((step) => /Seq Scan on (delivery|mail|recipient|body)\b/.test(step)),
      steps.join('\n'),
    ).toEqual([])
  })
})

describeDatabase('postgres', 'among a hundred thousand mails that wait for later', (kind, fresh) => {
  test('the plan of a claim is kept: it is not planned anew each time', async () => {
    const at = await openStore(kind, await fresh())
    await addMany(at, Array(20).fill({}))
    await at.database.query(
      `insert into posthaste.delivery (mail_id, state, stream, lane, due_at)
       select gen_random_uuid(), 'queued', 'default', 3, ${noon + minute} from generate_series(1, 100000)`,
    )
    await at.database.query('analyze posthaste.delivery')
    for (let turn = 0; turn < 10; turn++) expect(await claim(at, { limit: 1 })).toHaveLength(1)
    const { rows } = await at.database.query(
      "select custom_plans::int as anew, generic_plans::int as kept from pg_prepared_statements where statement like 'with pair as%'",
    )
    expect(rows).toEqual([{ anew: 5, kept: 5 }])
    await at.close()
  })
})
