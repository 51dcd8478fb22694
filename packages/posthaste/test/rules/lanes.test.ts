import { expect, test } from 'vitest'
import { highLanes, isRetry, laneOrder } from '../../src/routing/lanes.ts'

const all = [0, 1, 2, 3, 4, 5, 6, 7]

test('a lane is of one priority, first attempts and retries apart', () => {
  expect(highLanes).toEqual([0, 1])
  expect(all.filter(isRetry)).toEqual([1, 3, 5, 7])
})

test('claims look into lanes by priority, first attempts before retries', () => {
  for (const claim of [0, 1, 2, 4]) expect(laneOrder(claim)).toEqual(all)
})

test('every fourth begins, after high priority, with what has waited longest at the other end', () => {
  for (const claim of [3, 7, 11]) expect(laneOrder(claim)).toEqual([0, 1, 7, 6, 5, 4, 3, 2])
})

test('after every second fault in a row the mail that tries comes from another lane first', () => {
  expect([1, 3, 5].map((faults) => laneOrder(0, faults))).toEqual([all, all, all])
  expect([2, 4, 14, 16, 18].map((faults) => laneOrder(3, faults)[0])).toEqual([1, 2, 7, 0, 1])
  expect(laneOrder(0, 6)).toEqual([3, 4, 5, 6, 7, 0, 1, 2])
})
