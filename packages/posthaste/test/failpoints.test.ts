import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Build, build, type Fault } from './failpoints/build.ts'
import { everyState, sample } from './failpoints/choose.ts'
import { faults, rowsOf } from './failpoints/report.ts'
import { type Asked, type Report, run } from './failpoints/run.ts'
import { describeDatabase, describeEachDatabase } from './support/databases.ts'

/** Another share of the points each day; what failed is had again by its number. */
const seed = Number(process.env.POSTHASTE_FAILPOINTS_SEED ?? Math.floor(Date.now() / 86_400_000))
/** Deaths on each database: `npm run failpoints` dies at every state. */
const size = 50

let made: Build
beforeAll(async () => {
  made = await build()
})
afterAll(() => made.remove())

describeEachDatabase('a worker that is killed at any await', (kind, fresh) => {
  test('loses nothing, and every mail that may have left twice is flagged', async () => {
    const report = await run({
      build: made,
      database: await fresh(),
      choose: (found) => sample(found, { places: made.places, size, seed }),
    })
    console.info(
      `${kind}, seed ${seed}: ${rowsOf(report, made)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
    )
    expect(wrongIn(report)).toEqual({ lost: [], phantom: [], unflagged: [], outOfPolicy: [] })
    expect(report.struck.length).toBeGreaterThan(report.missed.length * 2)
    expect(report.struck.length + report.missed.length).toBeGreaterThanOrEqual(size)
  }, 300_000)
})

describeEachDatabase('a worker that is stopped at any await', (kind, fresh) => {
  test('keeps no mail from the others for long, and is in nobody’s way when it is resumed', async () => {
    const report = await run({
      build: made,
      database: await fresh(),
      signal: 'SIGSTOP',
      choose: (found) => sample(found, { places: [], size: 16, seed }),
    })
    const { struck, resumed, missed } = report
    console.info(
      `${kind}, seed ${seed}: ${struck.length} stopped, ${resumed.length} resumed, ${missed.length} not`,
    )
    expect(report.waited).toEqual([])
    expect(wrongIn(report)).toEqual({ lost: [], phantom: [], unflagged: [], outOfPolicy: [] })
    expect(struck.length).toBeGreaterThan(0)
    expect(struck.length + resumed.length).toBeGreaterThan(missed.length)
  }, 300_000)
})

/** What the judge must find out, each in the scenario in which it does harm. */
const broken: Record<string, { fault: Fault; only: Asked['only']; found: (typeof faults)[number] }> = {
  'a rescue that writes no flag': {
    fault: {
      'store/delivery/rescue.ts': ['unknowns: orphan.dispatchedAt === null ? 0 : 1,', 'unknowns: 0,'],
    },
    only: ['deferred'],
    found: 'unflagged',
  },
  'a mail that is settled before it is sent': {
    fault: {
      'worker/deliver.ts': [
        '  const said = skipReason(claim, way)',
        `  const recipients = claim.recipients.map(({ address }) => ({ address, verdict: 'accepted' as const }))
  const taken = settle(deciding(claim, way.stream), { type: 'answered', recipients }, { now: way.clock.now(), random: 0 })
  await way.store.turn({ workerId: '', now: way.clock.now(), claim: [], settle: [{ settlement: taken, attempt: null }] })
  const said = skipReason(claim, way)`,
      ],
    },
    only: ['accepted'],
    found: 'lost',
  },
  'a mail with hold whose body leaves before the mark': {
    fault: { 'worker/try-transport.ts': ["if (onUnknown === 'hold' &&", 'if (false &&'] },
    only: ['hold'],
    found: 'outOfPolicy',
  },
}

describeDatabase('sqlite', 'the judge of the failpoints', (_kind, fresh) => {
  test.each(Object.entries(broken))(
    'finds out %s',
    async (_name, { fault, only, found }) => {
      const faulty = await build(fault)
      try {
        // From the body's beginning on: that is where these do harm.
        const late = (hits: Parameters<typeof everyState>[0]) => {
          const begins = ({ place }: (typeof hits)[number]) =>
            faulty.places[Number(place)]?.file === 'transports/permission.ts'
          expect(hits.some(begins)).toBe(true)
          return everyState(hits.slice(hits.findIndex(begins)))
        }
        const report = await run({
          build: faulty,
          database: await fresh(),
          only,
          choose: (hits) => late(hits).slice(0, 12),
        })
        expect(wrongIn(report)[found]).not.toEqual([])
      } finally {
        await faulty.remove()
      }
    },
    120_000,
  )
})

function wrongIn({ judgement }: Report) {
  return Object.fromEntries(faults.map((name) => [name, judgement[name]])) as Pick<
    Report['judgement'],
    (typeof faults)[number]
  >
}
