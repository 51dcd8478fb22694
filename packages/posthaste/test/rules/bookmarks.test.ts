import { expect, test } from 'vitest'
import { Bookmarks } from '../../src/routing/bookmarks.ts'
import { bookmarkKey, type Claim } from '../../src/store/store.ts'

const due = (dueAt: number, lane = 2) => ({ stream: 'default', lane, dueAt }) as Claim
const placeOf = (bookmarks: Bookmarks, now: number, lane = 2) =>
  bookmarks.begin(now)?.get(bookmarkKey('default', lane))

test('while claims come back full, each goes on where the one before ended, lane by lane', () => {
  const bookmarks = new Bookmarks()
  expect(bookmarks.passesOver).toBe(false)
  expect(bookmarks.begin(0)).toBeUndefined()
  bookmarks.end([due(5), due(7), due(6), due(9, 0)], { wanted: 4, now: 1 })
  expect(placeOf(bookmarks, 2)).toBe(7)
  expect(placeOf(bookmarks, 3, 0)).toBe(9)
  expect(placeOf(bookmarks, 4, 6)).toBeUndefined()
  expect(bookmarks.passesOver).toBe(true)
})

test('one that comes back short ends that: the next begins at the beginning', () => {
  const bookmarks = new Bookmarks()
  bookmarks.begin(0)
  bookmarks.end([due(5), due(6)], { wanted: 2, now: 1 })
  bookmarks.begin(2)
  bookmarks.end([due(7)], { wanted: 2, now: 3 })
  expect(bookmarks.begin(4)).toBeUndefined()
  expect(bookmarks.passesOver).toBe(false)
})

test('every 100 ms one begins at the beginning, and where that takes long, after ten times as long', () => {
  const bookmarks = new Bookmarks()
  bookmarks.begin(0)
  bookmarks.end([due(5)], { wanted: 1, now: 2 })
  expect(placeOf(bookmarks, 101)).toBe(5)
  bookmarks.end([due(5)], { wanted: 1, now: 101 })
  expect(bookmarks.begin(102)).toBeUndefined()
  bookmarks.end([due(5)], { wanted: 1, now: 152 })
  expect(placeOf(bookmarks, 651)).toBe(5)
  expect(bookmarks.begin(652)).toBeUndefined()
})
