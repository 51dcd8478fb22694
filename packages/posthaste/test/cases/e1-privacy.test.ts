import { expect, test } from 'vitest'
import { type State, states } from '../../src/mail/mail.ts'
import { finalStates, transitions } from '../../src/mail/transitions.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { secret, sensitive, sweep, ways } from '../support/final-ways.ts'
import { filesHolding, holding } from '../support/scan.ts'
import {
  add,
  claim,
  deliveryRow,
  type OpenStore,
  openStore,
  settleOnly,
  settlingOf,
} from '../support/store.ts'

function waysIntoFinalStates(): string[] {
  return Object.entries(transitions).flatMap(([name, { to }]) =>
    (Object.keys(to) as State[]).filter((end) => finalStates.includes(end)).map((end) => `${name} ${end}`),
  )
}

test('E1: every way into a final state is walked here', () => {
  expect(Object.keys(ways).sort()).toEqual(waysIntoFinalStates().sort())
  expect(finalStates.length).toBeLessThan(states.length)
})

describeEachDatabase('E1: of sensitive mail that has ended', (kind, fresh) => {
  test('nothing that it said is in any column, whichever way it ended', async () => {
    const at = await openStore(kind, await fresh())
    const left: Record<string, string[]> = {}
    for (const [way, walk] of Object.entries(ways)) {
      const id = await walk(at)
      const [, end] = way.split(' ')
      expect(await deliveryRow(at, id), way).toMatchObject({ state: end, settled_at: expect.any(Number) })
      // A mail that ends in a transaction of the app's is erased by maintenance.
      await at.store.sweep(sweep)
      left[way] = await holding(at, secret)
      await emptyTables(at)
    }
    expect(left).toEqual(Object.fromEntries(Object.keys(ways).map((way) => [way, []])))
    await at.close()
  })

  test('while it waits, all but its subject is there', async () => {
    const at = await openStore(kind, await fresh())
    await add(at, sensitive())
    expect(await holding(at, secret)).toEqual(['body.document', 'body.mime', 'chunk.data', 'mail.metadata'])
    await at.close()
  })

  test.skipIf(kind !== 'sqlite')('nor in the file and its log', async () => {
    const at = await openStore(kind, await fresh())
    for (let size = 1; size < 60_000; size = Math.ceil(size * 1.4)) {
      const document = Buffer.from(`${secret} `.repeat(Math.ceil(size / secret.length)))
      await add(at, sensitive({ body: { document, mime: document } }))
      await add(at, { subject: 'another' })
    }
    const file = at.database.file ?? ''
    expect(filesHolding(file, secret)).not.toEqual([])
    const all = await claim(at, { limit: 1_000 })
    await settleOnly(
      at,
      all.map((one) => settlingOf(one, 'accepted')),
    )
    await at.store.sweep(sweep)
    expect(filesHolding(file, secret)).toEqual([])
    await at.close()
  })
})

async function emptyTables({ database, engine }: OpenStore): Promise<void> {
  for (const [name, table] of Object.entries(engine.tables))
    if (name !== 'migration' && name !== 'meta') await database.query(`delete from ${table}`)
}
