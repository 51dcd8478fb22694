import { expect, test } from 'vitest'
import type { Brake } from '../../src/brake.ts'
import type { Refusal } from '../../src/refusal.ts'
import { KnownRefusals } from '../../src/routing/known-refusals.ts'
import { tenantBrake } from '../support/brakes.ts'

const noon = Date.UTC(2026, 10, 24, 12)
const origin = { stream: 'default', sender: 'shop.example', tenant: 'acme' }
const refusal: Refusal = {
  ...origin,
  mailId: 'one',
  seq: 0,
  transport: 'main',
  domain: 'one.example',
  reply: '550 no',
  isSenders: false,
  refusedAt: noon,
}
const brake = (given: Partial<Brake>) => tenantBrake(noon, { scope: 'transport', value: '', ...given })
const tenants = tenantBrake(noon)
const streams = brake({ scope: 'stream', value: 'news' })

test('nothing is known at first', () => {
  const known = new KnownRefusals()
  expect([known.waiting, known.brakes, known.isBraked, known.isAnswered]).toEqual([[], [], false, false])
})

test('of the brakes only those that are on count', () => {
  const known = new KnownRefusals()
  known.update({ waiting: [refusal], brakes: [tenants, brake({ endedAt: noon + 1 })] })
  expect([known.waiting, known.brakes]).toEqual([[refusal], [tenants]])
  expect(known.isBraked).toBe(false)
})

test('a brake that is put takes the place of the same, and stands beside any other', () => {
  const known = new KnownRefusals()
  known.update({ waiting: [], brakes: [tenants, streams] })
  const moved = { ...tenants, canaryAt: noon + 9_000 }
  known.put(moved)
  expect(known.brakes).toEqual([streams, moved])
  const others = [brake({ scope: 'tenant', value: 'other' }), brake({ scope: 'stream', value: 'acme' })]
  for (const other of others) known.put(other)
  expect(known.brakes).toEqual([streams, moved, ...others])
  expect(known.isBraked).toBe(false)
  known.put(brake({}))
  expect(known.isBraked).toBe(true)
})

test('mail is held by the brakes that cover where it comes from', () => {
  const known = new KnownRefusals()
  known.update({ waiting: [], brakes: [tenants, streams] })
  expect(known.holding(origin)).toEqual([tenants])
  expect(known.holding({ ...origin, stream: 'news' })).toEqual([tenants, streams])
  expect(known.holding({ ...origin, tenant: null })).toEqual([])
})

test('an acceptance counts by when its conversation began, and the latest counts', () => {
  const known = new KnownRefusals()
  known.accept(origin, noon)
  expect(known.isProven(refusal)).toBe(false)
  known.accept(origin, noon + 5)
  known.accept(origin, noon + 1)
  expect(known.isProven({ ...refusal, refusedAt: noon + 4 })).toBe(true)
  expect(known.hasEnded(tenants)).toBe(true)
  expect(known.hasEnded(streams)).toBe(false)
})

test('mail of no tenant ends no tenant’s brake', () => {
  const known = new KnownRefusals()
  known.accept({ ...origin, tenant: null }, noon + 1)
  expect(known.hasEnded(brake({ scope: 'tenant', value: 'null' }))).toBe(false)
  expect(known.hasEnded(brake({}))).toBe(true)
})

test('others are streams or senders beside it, of whom something was accepted', () => {
  const known = new KnownRefusals()
  expect(known.hasOthers('stream', 'default')).toBe(false)
  known.accept(origin, noon)
  expect(known.hasOthers('stream', 'default')).toBe(false)
  expect(known.hasOthers('stream', 'news')).toBe(true)
  known.accept({ ...origin, stream: 'news' }, noon)
  expect(known.hasOthers('stream', 'default')).toBe(true)
})

test('one refusal that is proven among others, or one brake that has ended, is an answer', () => {
  const known = new KnownRefusals()
  known.accept(origin, noon + 1)
  known.update({ waiting: [{ ...refusal, refusedAt: noon + 2 }, refusal], brakes: [] })
  expect(known.isAnswered).toBe(true)
  known.update({ waiting: [{ ...refusal, refusedAt: noon + 2 }], brakes: [streams, tenants] })
  expect(known.isAnswered).toBe(true)
  known.update({ waiting: [], brakes: [streams] })
  expect(known.isAnswered).toBe(false)
})

test('a thousand streams are remembered, and the one that was accepted longest ago is forgotten first', () => {
  const known = new KnownRefusals()
  const of = (n: number) => brake({ scope: 'stream', value: `stream-${n}` })
  const accept = (n: number, at: number) => known.accept({ ...origin, stream: `stream-${n}` }, noon + at)
  for (let n = 0; n < 1_000; n++) accept(n, n + 1)
  expect(known.hasEnded(of(0))).toBe(true)
  accept(0, 2_000)
  accept(1_000, 2_001)
  expect([0, 1, 2, 1_000].map((n) => known.hasEnded(of(n)))).toEqual([true, false, true, true])
})
