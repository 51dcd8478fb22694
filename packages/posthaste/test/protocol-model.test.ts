import { expect, test } from 'vitest'
import { Protocol } from './model/protocol.ts'
import type { Omission, Violation } from './model/world.ts'
import { seeded } from './support/seeded.ts'

const seed = 20_261_124

/** The seeds at which something went wrong, by what it was. */
function search(schedules: number, omitted?: Omission): Map<Violation, number> {
  const found = new Map<Violation, number>()
  for (let i = 0; i < schedules; i++) {
    const violation = new Protocol(seeded(seed + i), omitted).run(40)
    if (violation && !found.has(violation)) found.set(violation, seed + i)
  }
  return found
}

test('no schedule out of 150,000 loses a mail, sends a copy that no flag tells of, or breaks a policy', () => {
  expect(Object.fromEntries(search(150_000))).toEqual({})
}, 120_000)

test.each([
  ['fence', 'out of policy'],
  ['lease', 'doubt without a cause'],
  ['flag', 'unflagged'],
  ['stale acceptance', 'asked again after an acceptance on record'],
] as const)('the same protocol without its %s is found out: %s', (omitted, violation) => {
  expect([...search(30_000, omitted).keys()]).toContain(violation)
})
