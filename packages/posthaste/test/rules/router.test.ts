import { expect, test } from 'vitest'
import type { RouteAnswer, RouteQuestion } from '../../src/config/route.ts'
import { Limiter } from '../../src/routing/limiter.ts'
import { type Asking, Router } from '../../src/routing/router.ts'
import { Slots } from '../../src/routing/slots.ts'
import { createCapture } from '../../src/transports/capture.ts'
import { HandClock } from '../support/turned-clock.ts'

const [normal, normalAgain] = [2, 3]
const mail = (more: { stream?: string; tenant?: string | null; lane?: number } = {}) => ({
  stream: 'default',
  tenant: null,
  lane: normal,
  ...more,
})

/** A router of transports a and b, what it asked, and a clock to turn. */
function routerOf(route: (question: RouteQuestion) => RouteAnswer | Promise<RouteAnswer> = () => 'a') {
  const clock = new HandClock()
  const asked: RouteQuestion[] = []
  const backingOff: string[] = []
  const all = new Map(
    ['a', 'b'].map((name) => [
      name,
      new Slots(createCapture({ name }), { size: 1, limiter: new Limiter(undefined) }),
    ]),
  )
  const router = new Router({
    clock,
    route: (question) => {
      asked.push(question)
      return route(question)
    },
    read: (answer) => ({ to: String(answer), cacheFor: 60_000 }),
    slotsFor: (to) => {
      const slots = all.get(String(to))
      if (!slots) throw new Error(`there is no ${to}`)
      return slots
    },
    backingOff: () => backingOff,
  })
  /** The transport's name, or why there is none. */
  const find = async (one = mail()) => {
    const found = router.find(one)
    const routed = 'routed' in found ? await found.routed : found
    return 'slots' in routed ? routed.slots.transport.name : routed.reason
  }
  return { clock, asked, backingOff, router, find }
}

test('the function is asked once for all mail of a stream and tenant, and first attempts and later ones apart', async () => {
  const { asked, find } = routerOf()
  for (const one of [mail(), mail({ tenant: 'x' }), mail({ stream: 'news' }), mail({ lane: normalAgain })])
    for (let i = 0; i < 2; i++) expect(await find(one)).toBe('a')
  expect(asked).toEqual([
    { stream: 'default', tenant: null, attempt: 'first', backingOff: [] },
    { stream: 'default', tenant: 'x', attempt: 'first', backingOff: [] },
    { stream: 'news', tenant: null, attempt: 'first', backingOff: [] },
    { stream: 'default', tenant: null, attempt: 'again', backingOff: [] },
  ])
})

test('while it is asked, all mail of the flow waits for the same answer', async () => {
  const { clock, asked, router } = routerOf()
  const before = clock.monotonic()
  const asking = router.find(mail()) as Asking
  expect(router.find(mail())).toBe(asking)
  expect(asking.isAwaited).toBe(false)
  expect(asking.since - before).toBeLessThan(1_000)
  expect(Math.abs(asking.until - clock.now() - 10_000)).toBeLessThan(1_000)
  await asking.routed
  expect('slots' in router.find(mail())).toBe(true)
  expect(asked).toHaveLength(1)
})

test('its answer counts until it is too old, or a back-off begins or ends', async () => {
  const { clock, asked, backingOff, find } = routerOf()
  await find()
  clock.turn(55_000)
  await find()
  expect(asked).toHaveLength(1)
  clock.turn(5_000)
  await find()
  expect(asked).toHaveLength(2)
  backingOff.push('b', 'a')
  await find()
  expect(asked[2]?.backingOff).toEqual(['b', 'a'])
  backingOff.pop()
  await find()
  expect(asked).toHaveLength(4)
  await find()
  expect(asked).toHaveLength(4)
})

test('where it fails, mail is told why, and it is asked again after a while that grows', async () => {
  const { clock, asked, find } = routerOf(() => {
    throw new Error('no idea')
  })
  for (const wait of [
    5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000, 300_000, 300_000,
    300_000,
  ]) {
    const before = asked.length
    expect(await find()).toBe('no transport could be chosen: no idea')
    clock.turn(wait - 2_000)
    expect(await find()).toBe('no transport could be chosen: no idea')
    expect(asked).toHaveLength(before + 1)
    clock.turn(2_000)
  }
})

test('a failure is remembered whatever backs off, and forgotten with the next answer', async () => {
  let isBroken = true
  const { clock, asked, backingOff, find } = routerOf(() => {
    if (isBroken) throw new Error('no idea')
    return 'a'
  })
  await find()
  backingOff.push('a')
  await find()
  expect(asked).toHaveLength(1)
  clock.turn(5_000)
  isBroken = false
  expect(await find()).toBe('a')
  isBroken = true
  clock.turn(60_000)
  await find()
  clock.turn(5_000)
  await find()
  expect(asked).toHaveLength(4)
})

test('an answer that names no transport is told with each mail, and the function is not asked again for it', async () => {
  const { asked, find } = routerOf(() => 'c')
  for (let i = 0; i < 2; i++) expect(await find()).toBe('no transport could be chosen: there is no c')
  expect(asked).toHaveLength(1)
})

test('a function that does not answer within ten seconds has failed', async () => {
  const { clock, find } = routerOf(() => new Promise(() => {}))
  const found = find()
  clock.turn(10_000)
  expect(await found).toBe('no transport could be chosen: it gave no answer within 10 s')
})

test('what it says of a failure is bounded', async () => {
  const { find } = routerOf(() => {
    throw new Error('x'.repeat(1_000))
  })
  expect(await find()).toHaveLength(500)
})

test('ten thousand answers are kept; those that were asked for longest ago go first', async () => {
  const { asked, backingOff, find, router } = routerOf()
  const tenants = Array.from({ length: 10_000 }, (_, n) => mail({ tenant: `${n}` }))
  await Promise.all(tenants.map((one) => find(one)))
  expect('slots' in router.find(mail({ tenant: '0' }))).toBe(true)
  backingOff.push('b')
  await find(mail({ tenant: '0' }))
  await find(mail({ tenant: 'one more' }))
  expect(asked).toHaveLength(10_002)
  backingOff.pop()
  expect('slots' in router.find(mail({ tenant: '2' }))).toBe(true)
  expect('routed' in router.find(mail({ tenant: '1' }))).toBe(true)
  backingOff.push('b')
  expect('slots' in router.find(mail({ tenant: '0' }))).toBe(true)
})
