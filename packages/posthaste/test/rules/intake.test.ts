import { describe, expect, test } from 'vitest'
import { Intake } from '../../src/routing/intake.ts'
import { highLanes } from '../../src/routing/lanes.ts'
import { Limiter } from '../../src/routing/limiter.ts'
import { Slots } from '../../src/routing/slots.ts'
import { bookmarkKey, type Claim } from '../../src/store/store.ts'
import { createCapture } from '../../src/transports/capture.ts'

const now = 1_000_000
const [normal, normalAgain] = [2, 3]

interface Given {
  size?: number
  /** Streams that are claimed together; where there is a limit, by the second. */
  sources?: readonly (readonly [streams: string, perSecond?: number])[]
}

function intakeOf({ size = 10, sources = [['default']] }: Given = {}): { intake: Intake; slots: Slots } {
  const slots = new Slots(createCapture({ name: 'relay' }), { size, limiter: new Limiter(undefined) })
  const given = sources.map(([streams, perSecond]) => ({
    streams: streams.split(' '),
    limiter: new Limiter(perSecond === undefined ? undefined : { perSecond }),
  }))
  return { slots, intake: new Intake(slots, given) }
}

const claims = (count: number, { stream = 'default', lane = normal, dueAt = 1 } = {}) =>
  Array.from({ length: count }, () => ({ stream, lane, dueAt }) as Claim)

/** How much of which streams; `high` where it is the slot that is kept. */
const asked = (intake: Intake, atMost = Number.POSITIVE_INFINITY, at = now) =>
  intake
    .requests(at, atMost)
    .map(({ streams, limit, lanes }) => `${streams.join(' ')} ${limit}${lanes === highLanes ? ' high' : ''}`)

describe('what is claimed', () => {
  test('fills the slots that are free, one of them with mail of high priority', () => {
    const { intake, slots } = intakeOf()
    for (let i = 0; i < 5; i++) slots.take(normalAgain, now)
    intake.claimed(claims(0), now)
    expect(asked(intake)).toEqual(['default 4', 'default 1 high'])
    for (let i = 0; i < 4; i++) slots.take(normal, now)
    expect(asked(intake)).toEqual(['default 1 high'])
    slots.take(normal, now)
    expect(asked(intake)).toEqual([])
  })

  test('keeps no slot where there are two or fewer, nor while more are free than are asked for', () => {
    expect(asked(intakeOf({ size: 2 }).intake)).toEqual(['default 1'])
    expect(asked(intakeOf().intake, 3)).toEqual(['default 3'])
    expect(asked(intakeOf().intake, 0)).toEqual([])
  })

  test('is looked for lane by lane, and every fourth time from the other end', () => {
    const { intake } = intakeOf()
    const lanes = Array.from({ length: 8 }, () => intake.requests(now, 3)[0]?.lanes[2])
    expect(lanes).toEqual([2, 2, 7, 2, 2, 2, 7, 2])
  })

  test('is nothing while the transport backs off', () => {
    const { intake, slots } = intakeOf()
    slots.backoff.start(now, { random: 0.5 })
    expect(asked(intake)).toEqual([])
    expect(intake.openStreams(now)).toEqual([])
    expect([intake.waitFor(now), intake.waitFor(now + 4_000)]).toEqual([4_000, undefined])
  })
})

describe('retries', () => {
  test('are asked for in no greater number than may begin', () => {
    const { intake } = intakeOf()
    expect(asked(intake)).toEqual(['default 5', 'default 1 high'])
  })

  test('are not asked for where they hold half of the slots', () => {
    const { intake, slots } = intakeOf()
    expect(intake.requests(now, 3)[0]?.lanes).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    for (let i = 0; i < 5; i++) slots.take(normalAgain, now)
    expect(intake.requests(now, 3)[0]?.lanes).toEqual([0, 2, 4, 6])
  })

  test('hold nothing back after a full claim that brought none, until one brings some or comes back short', () => {
    const { intake } = intakeOf()
    const whole = ['default 9', 'default 1 high']
    asked(intake)
    intake.claimed(claims(5), now)
    expect(asked(intake)).toEqual(whole)
    intake.claimed([...claims(8), ...claims(1, { lane: normalAgain })], now)
    expect(asked(intake)).toEqual(['default 5', 'default 1 high'])
    intake.claimed(claims(5), now)
    expect(asked(intake)).toEqual(whole)
    intake.claimed(claims(8), now)
    expect(asked(intake)).toEqual(['default 5', 'default 1 high'])
  })
})

describe('streams with a limit of their own', () => {
  const sources = [['a b'], ['slow', 2]] as const

  test('are claimed alone and up to their limit, and the others together', () => {
    const { intake } = intakeOf({ sources })
    expect(asked(intake, 8)).toEqual(['slow 2', 'a b 3'])
    expect(asked(intake, 8)).toEqual(['a b 5'])
    expect(asked(intake, 1)).toEqual(['slow 1'])
  })

  test('know their limiter, and an intake its streams', () => {
    const { intake } = intakeOf({ sources })
    expect(intake.streams).toEqual(['a', 'b', 'slow'])
    expect(['a', 'slow', 'other'].map((stream) => intake.serves(stream))).toEqual([true, true, false])
    expect(intake.limiterOf('slow')?.interval).toBe(500)
    expect([intake.limiterOf('b')?.interval, intake.limiterOf('other')]).toEqual([0, undefined])
  })

  test('are left out while their limit has no room, and waited for', () => {
    const { intake } = intakeOf({ sources })
    expect([intake.openStreams(now), intake.waitFor(now)]).toEqual([['a', 'b', 'slow'], undefined])
    intake.limiterOf('slow')?.take(2, now)
    expect([intake.openStreams(now), intake.waitFor(now)]).toEqual([['a', 'b'], 500])
    expect(asked(intake)).toEqual(['a b 5', 'a b 1 high'])
  })

  test('are waited for no shorter than the transport', () => {
    const { intake, slots } = intakeOf({ sources: [['slow', 0.1]] })
    slots.backoff.start(now, { random: 0.5 })
    expect(intake.waitFor(now)).toBe(4_000)
    intake.limiterOf('slow')?.take(1, now)
    expect(intake.waitFor(now)).toBe(10_000)
    const { intake: two } = intakeOf({
      sources: [
        ['slow', 0.1],
        ['fast', 1],
      ],
    })
    for (const stream of ['slow', 'fast']) two.limiterOf(stream)?.take(1, now)
    expect(two.waitFor(now)).toBe(1_000)
  })

  test('that had nothing are probed with one claim while others have more, and not when they are alone', () => {
    const { intake } = intakeOf({ sources })
    expect(asked(intake, 8)).toEqual(['slow 2', 'a b 3'])
    intake.claimed(claims(3, { stream: 'a' }), now)
    expect(asked(intake, 8)).toEqual(['a b 5'])
    intake.claimed(claims(5, { stream: 'b' }), now)
    expect(asked(intake, 8)).toEqual(['slow 1', 'a b 7'])
    intake.claimed([...claims(1, { stream: 'slow' }), ...claims(7, { stream: 'b' })], now)
    asked(intake, 8)
    expect(asked(intake, 8)).toEqual(['slow 2', 'a b 6'])
    const { intake: alone } = intakeOf({ sources: [['a']] })
    asked(alone, 4)
    alone.claimed([], now)
    expect(asked(alone, 4)).toEqual(['a 4'])
  })

  test('and transports with room for one mail get one', () => {
    const { intake, slots } = intakeOf({ size: 2, sources: [['slow', 1]] })
    slots.take(normal, now)
    expect([asked(intake), intake.openStreams(now)]).toEqual([['slow 1'], ['slow']])
  })

  test('have the slot that is kept in common', () => {
    const { intake, slots } = intakeOf({ size: 3, sources })
    slots.take(normal, now)
    slots.take(normal, now)
    expect(asked(intake)).toEqual(['slow a b 1 high'])
  })

  test('keep no slot when none of them has room', () => {
    const { intake } = intakeOf({ sources: [['slow', 1]] })
    intake.limiterOf('slow')?.take(1, now)
    expect(asked(intake)).toEqual([])
  })
})

describe('a backlog', () => {
  const place = (intake: Intake, at = now) =>
    intake.requests(at, 5).map(({ from }) => from?.get(bookmarkKey('default', normal)))

  test('is gone through from where the last claim ended', () => {
    const { intake } = intakeOf()
    expect(place(intake)).toEqual([undefined])
    intake.claimed(claims(5, { dueAt: 7 }), now)
    expect(intake.passesOver).toBe(false)
    expect(place(intake)).toEqual([7])
    expect(intake.passesOver).toBe(true)
    intake.claimed(claims(4, { dueAt: 8 }), now)
    expect(place(intake)).toEqual([undefined])
  })

  test('is so for the slot that is kept, too, where one source is open', () => {
    const { intake, slots } = intakeOf({ size: 3 })
    asked(intake, 2)
    intake.claimed(claims(2, { dueAt: 7 }), now)
    expect(intake.requests(now, 5).map(({ from }) => from?.size)).toEqual([1, 1])
    const { intake: two } = intakeOf({ size: 3, sources: [['default'], ['slow', 5]] })
    for (const stream of ['slow', 'default']) {
      asked(two, 1)
      two.claimed(claims(1, { stream, dueAt: 7 }), now)
    }
    expect(two.requests(now, 5).map(({ limit, from }) => [limit, from?.size])).toEqual([
      [2, 1],
      [1, undefined],
    ])
    expect(slots.isIdle).toBe(true)
  })

  test('of another outlet says nothing here', () => {
    const { intake } = intakeOf()
    place(intake)
    intake.claimed([...claims(5, { dueAt: 7 }), ...claims(5, { stream: 'other', dueAt: 99 })], now)
    expect(place(intake)).toEqual([7])
    intake.claimed([...claims(5), ...claims(1, { stream: 'other', lane: normalAgain })], now)
    expect(asked(intake)).toEqual(['default 9', 'default 1 high'])
  })

  test('of one source is passed over, whatever the others do', () => {
    const { intake } = intakeOf({ sources: [['a'], ['slow', 2]] })
    asked(intake, 8)
    intake.claimed(claims(3, { stream: 'a' }), now)
    asked(intake, 8)
    expect(intake.passesOver).toBe(true)
  })

  test('nothing is learned from a turn in which nothing was wanted', () => {
    const { intake, slots } = intakeOf()
    asked(intake)
    intake.claimed(claims(5), now)
    expect(place(intake)).toEqual([1])
    slots.backoff.start(now, { random: 0.5 })
    expect([asked(intake), intake.passesOver]).toEqual([[], false])
    intake.claimed([], now)
    slots.backoff.end()
    expect(asked(intake)).toEqual(['default 9', 'default 1 high'])
  })

  test('nothing is learned of retries, either', () => {
    const { intake } = intakeOf()
    expect(asked(intake, 0)).toEqual([])
    intake.claimed([], now)
    expect(asked(intake)).toEqual(['default 5', 'default 1 high'])
  })
})
