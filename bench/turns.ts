import { openDatabase } from '../packages/posthaste/src/connections/open.ts'
import { createMailQueue } from '../packages/posthaste/src/index.ts'
import { Bookmarks } from '../packages/posthaste/src/routing/bookmarks.ts'
import { createStore, engineFor } from '../packages/posthaste/src/store/create-store.ts'
import { atRest, fill } from './fill.ts'
import { letter, type Servers } from './support.ts'

/** A queue that takes turns without a worker: nothing but the database's work is measured. */
export interface Turning {
  readonly url: string
  /** Changes rows, and lets the tables come to rest. */
  change(sql: string): Promise<void>
  /** Claims and settles 20, so often; gives how many turns a second. */
  turns(count: number): Promise<number>
  close(): Promise<void>
}

export async function turning(
  servers: Servers,
  depth: { queued: number; scheduled: number },
): Promise<Turning> {
  const url = await servers.fresh('postgres')
  const mail = createMailQueue({ database: url })
  await mail.migrate()
  await mail.enqueue(letter('first@example.com'))
  await mail.close()
  const database = await openDatabase(url)
  await fill(database, depth)
  await atRest(database)
  const store = createStore(database, engineFor(database))
  return {
    url,
    change: async (sql) => {
      await database.query(sql)
      await atRest(database)
    },
    turns: (count) => turns(store, count),
    close: () => database.close(),
  }
}

async function turns(store: ReturnType<typeof createStore>, count: number): Promise<number> {
  const workerId = '00000000-0000-7000-8000-000000000001'
  const began = performance.now()
  const bookmarks = new Bookmarks()
  let claims: Awaited<ReturnType<typeof store.turn>>['claims'] = []
  for (let i = 0; i < count; i++) {
    const now = Date.now()
    const settle = claims.map((claim) => ({ settlement: accepted(claim, now), attempt: null }))
    claims = (
      await store.turn({
        workerId,
        now,
        settle,
        claim: [
          { streams: ['default'], lanes: [0, 1, 2, 3, 4, 5, 6, 7], limit: 20, from: bookmarks.begin(now) },
        ],
      })
    ).claims
    bookmarks.end(claims, { wanted: 20, now: Date.now() })
    if (claims.length !== 20) throw new Error(`claimed ${claims.length}`)
  }
  await store.returnClaims(claims, Date.now())
  return count / ((performance.now() - began) / 1_000)
}

function accepted(claim: { mailId: string; token: number }, now: number) {
  return {
    ...claim,
    state: 'sent' as const,
    reason: null,
    dueAt: now,
    attempts: 1,
    unknowns: 0,
    recipients: [{ seq: 0, state: 'accepted' as const }],
    dropBody: false,
    accepted: true,
  }
}
