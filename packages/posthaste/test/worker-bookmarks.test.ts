import { expect, test } from 'vitest'
import { Bookmarks } from '../src/routing/bookmarks.ts'
import { bookmarkKey, type Claim } from '../src/store/store.ts'
import { openApp } from './support/app-database.ts'
import { describeDatabase, serverKinds } from './support/databases.ts'
import { letter, openLine } from './support/line.ts'

const due = (dueAt: number, lane = 2) => ({ stream: 'default', lane, dueAt }) as Claim
const placeOf = (bookmarks: Bookmarks, now: number, lane = 2) =>
  bookmarks.begin(now)?.get(bookmarkKey('default', lane))

test('while claims come back full, each goes on where the one before ended, lane by lane', () => {
  const bookmarks = new Bookmarks()
  expect(bookmarks.begin(0)).toBeUndefined()
  bookmarks.end([due(5), due(7), due(9, 0)], { wanted: 3, now: 1 })
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
  expect(bookmarks.begin(102)).toBeUndefined()
  bookmarks.end([due(5)], { wanted: 1, now: 152 })
  expect(placeOf(bookmarks, 651)).toBe(5)
  expect(bookmarks.begin(652)).toBeUndefined()
})

for (const kind of serverKinds)
  describeDatabase(kind, 'mail that is committed late, and was due before the rest', (_kind, fresh) => {
    test('belongs to the pass that is under way', async () => {
      const { url } = await fresh()
      const app = await openApp(kind, url)
      const received: string[] = []
      const reply = async ({ step }: { step: string }, { to }: { to: readonly string[] }) => {
        if (step !== 'dot') return undefined
        // Longer than a turn takes, so that nothing is claimed ahead.
        for (let asked = 0; asked < 30; asked++) await app.run('select 1 as one')
        if (received.push(to[0] ?? '') === 2) await app.commit()
        return undefined
      }
      await using line = await openLine(url, {}, { reply })
      await app.begin()
      await line.mail.enqueueIn(app.tx, letter('late@example.com'))
      await line.mail.enqueueMany(Array.from({ length: 2 }, (_, n) => ({ mail: letter(`${n}@example.com`) })))
      expect(await line.mail.deliverDue({ concurrency: 1 })).toMatchObject({ sent: 3 })
      expect(received.at(-1)).toBe('late@example.com')
      await app.close()
    })
  })
