import { expect, test } from 'vitest'
import type { TransportFault } from '../../src/outcome.ts'
import { Intake } from '../../src/routing/intake.ts'
import { Limiter } from '../../src/routing/limiter.ts'
import { RoutedOutlet } from '../../src/routing/routed-outlet.ts'
import { Slots } from '../../src/routing/slots.ts'
import type { Claim } from '../../src/store/store.ts'
import { createCapture } from '../../src/transports/capture.ts'

const began = 1_000_000
const busy = { kind: 'throttled', scope: 'unknown', message: 'busy', reply: { code: 421 } } as TransportFault

/** Of one slot, so that four different mails in a row are the transport's where others pass. */
function slotsOf(): Slots {
  return new Slots(createCapture({ name: 'relay' }), { size: 1, limiter: new Limiter(undefined) })
}

/** So many different mails meet it. */
function meet({ suspicions }: Slots, mails: number): void {
  for (let i = 0; i < mails; i++)
    suspicions.confirms(
      busy,
      { sender: 'app@shop.example', recipients: [{ address: `ada@${i}.example` }] },
      began,
    )
}

function backOff({ backoff }: Slots, times = 1): number {
  for (let i = 0; i < times; i++) backoff.start(Math.max(began, backoff.until), { random: 0.5 })
  return backoff.until
}

const claims = (slots: Pick<Slots, 'claimsLastOf'>, at: number) =>
  [0, 1, 2, 3].map((claims) => slots.claimsLastOf(at, claims))

test('nothing is claimed from the end while all is well, nor where the transport alone is to blame', () => {
  expect(claims(slotsOf(), began)).toEqual([undefined, undefined, undefined, undefined])
  const down = slotsOf()
  expect(claims(down, backOff(down))).toEqual([undefined, undefined, undefined, undefined])
})

test('after every other back-off those are tried that were last when it began, and then those that are last', () => {
  const slots = slotsOf()
  meet(slots, 2)
  const tried = [1, 2, 3, 4, 5].map(() => [backOff(slots), slots.claimsLastOf(slots.backoff.until, 7)])
  const ofThem = tried.map(([until, last]) => (last === until ? 'now' : last))
  expect(ofThem).toEqual([began, undefined, 'now', undefined, began])
})

test('where only one was met since another worker said so, the last is tried after it', () => {
  const slots = slotsOf()
  slots.backoff.applyShared({ until: began + 9, faults: 1, since: began - 5 })
  const at = began + 9
  expect(slots.claimsLastOf(at, 1)).toBeUndefined()
  meet(slots, 1)
  expect(slots.claimsLastOf(at, 1)).toBe(began - 5)
  slots.backoff.start(at, { random: 0.5 })
  expect(slots.claimsLastOf(slots.backoff.until, 1)).toBe(slots.backoff.until)
})

function passing(): Slots {
  const slots = slotsOf()
  meet(slots, 2)
  slots.suspicions.clear({ now: began, endsBackoff: false })
  return slots
}

test('while other mail passes, every other claim is of the last', () => {
  const at = began + 5
  expect(claims(passing(), at)).toEqual([undefined, began, undefined, at])
})

test('a claim of the last asks for all that is wanted, keeps no bookmark, and only those for more than the kept slot count', () => {
  const slots = passing()
  const intake = new Intake(slots, [{ streams: ['default'], limiter: new Limiter(undefined) }])
  const next = () => intake.requests(began, 1).map(({ limit, lastOf, from }) => ({ limit, lastOf, from }))
  const first = { limit: 1, lastOf: undefined, from: undefined }
  const dueLate = [{ stream: 'default', lane: 2, dueAt: began - 1 } as Claim]
  expect(next()).toEqual([first])
  expect(next()).toEqual([{ limit: 1, lastOf: began, from: undefined }])
  intake.claimed(dueLate, began)
  expect(intake.passesOver).toBe(false)
  expect(next()).toEqual([first])
  slots.take(2, began)
  expect(next()).toEqual([])
  slots.free(2)
  expect(next()).toEqual([{ limit: 1, lastOf: began, from: undefined }])
})

test('for a transport of several it is told once after each back-off, and not before its end', () => {
  const slots = slotsOf()
  const outlet = new RoutedOutlet(
    () => [slotsOf(), slots],
    () => [],
  )
  meet(slots, 2)
  const until = backOff(slots)
  expect(outlet.claimsLastOf(until - 1, 1)).toBeUndefined()
  expect([1, 2].map(() => outlet.claimsLastOf(until, 1))).toEqual([began, undefined])
  const third = backOff(slots, 2)
  expect([1, 2].map(() => outlet.claimsLastOf(third, 1))).toEqual([third, undefined])
  const others = new RoutedOutlet(
    () => [passing()],
    () => [],
  )
  expect(claims(others, began)).toEqual([undefined, began, undefined, began])
})

test('what is returned while it backs off comes back together, and the last one first where mail may be to blame', () => {
  const down = slotsOf()
  const end = backOff(down)
  expect([1, 2, 3].map(() => down.comeBackAt(began))).toEqual([end, end, end])
  const slots = slotsOf()
  meet(slots, 2)
  const until = backOff(slots)
  expect([1, 2, 3].map(() => slots.comeBackAt(began))).toEqual([until, until - 1, until - 2])
  expect(slots.comeBackAt(until - 4)).toBe(until - 2)
  const next = backOff(slots)
  expect([1, 2].map(() => slots.comeBackAt(until))).toEqual([next, next - 1])
})
