import { expect, test } from 'vitest'
import { calls } from './garbage/calls.ts'
import { publicFunctions } from './garbage/functions.ts'
import { report, runGarbage } from './garbage/run.ts'
import { openWorld } from './garbage/world.ts'
import { describeDatabase, freshDatabase } from './support/databases.ts'

test('every public function is called with garbage', async () => {
  await using world = await openWorld('sqlite')
  expect(Object.keys(calls).sort()).toEqual(await publicFunctions(world))
})

for (const kind of ['sqlite', 'postgres'] as const)
  describeDatabase(kind, '2,000 calls with garbage', () => {
    test('each returns, or rejects with an error of the catalogue and stores nothing', async () => {
      const figures = await runGarbage({ kind, fresh: () => freshDatabase(kind), count: 2_000, seed: 1 })
      console.info(report(figures))
      expect(figures.findings).toEqual([])
    }, 240_000)
  })
