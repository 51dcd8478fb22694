import { openDatabase } from '../../packages/posthaste/src/connections/open.ts'
import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import { createStore, dialectFor } from '../../packages/posthaste/src/store/sql-store.ts'
import type { Bench } from '../bench.ts'
import { fill } from '../fill.ts'
import { type Line, lineOf } from '../report.ts'
import { letter } from '../support.ts'

/** Claims and settlements at a depth of 10,000 and of 1,000,000, with a million scheduled mails before those that are due. */
export async function depth(bench: Bench): Promise<Line[]> {
  const deep = bench.rounds === 1 ? 20_000 : 1_000_000
  const shallow = await turnsAt(bench, { queued: 10_000, scheduled: 0 })
  const full = await turnsAt(bench, { queued: deep, scheduled: 0 })
  const behind = await turnsAt(bench, { queued: 10_000, scheduled: deep })
  return [
    lineOf('claim and settle 20, PostgreSQL, 10,000 queued', shallow, { unit: 'turns/s' }),
    lineOf(`claim rate at ${deep} queued ÷ at 10,000`, [ratio(full, shallow)], {
      unit: '×',
      target: { atLeast: 0.9 },
    }),
    lineOf(`claim rate behind ${deep} scheduled ÷ without them`, [ratio(behind, shallow)], {
      unit: '×',
      target: { atLeast: 0.9 },
    }),
  ]
}

function ratio(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a) / Math.max(...b)
}

async function turnsAt({ servers }: Bench, depth: { queued: number; scheduled: number }): Promise<number[]> {
  const url = await servers.fresh('postgres')
  const mail = createMailQueue({ database: url })
  await mail.migrate()
  await mail.enqueue(letter('first@example.com'))
  const database = await openDatabase(url)
  await fill(database, depth)
  const store = createStore(database, dialectFor(database))
  const rates: number[] = []
  for (let round = 0; round < 5; round++) rates.push(await turns(store, 60))
  await database.close()
  await mail.close()
  return rates
}

async function turns(store: ReturnType<typeof createStore>, count: number): Promise<number> {
  const workerId = '00000000-0000-7000-8000-000000000001'
  const began = performance.now()
  let claims: Awaited<ReturnType<typeof store.turn>>['claims'] = []
  for (let i = 0; i < count; i++) {
    const now = Date.now()
    const settle = claims.map((claim) => ({ settlement: accepted(claim, now), attempt: null }))
    claims = (
      await store.turn({
        workerId,
        now,
        settle,
        claim: [{ streams: ['default'], lanes: [0, 1, 2, 3, 4, 5, 6, 7], limit: 20 }],
      })
    ).claims
    if (claims.length !== 20) throw new Error(`claimed ${claims.length}`)
  }
  await store.release(claims, Date.now())
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
