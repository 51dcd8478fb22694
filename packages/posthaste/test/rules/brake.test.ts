import { describe, expect, test } from 'vitest'
import { answeredBy, brakedFor, type Deciding, decide, waitForCanary } from '../../src/brake.ts'
import { comparedReply, type Refusal } from '../../src/refusal.ts'
import { KnownRefusals } from '../../src/routing/known-refusals.ts'
import { tenantBrake } from '../support/brakes.ts'

const hour = 3_600_000
const noon = Date.UTC(2026, 10, 24, 12)

function refusal(n: number, given: Partial<Refusal> = {}): Refusal {
  return {
    mailId: `mail-${n}`,
    seq: 0,
    transport: 'main',
    domain: `${n}.example`,
    reply: '550 no',
    isSenders: false,
    stream: 'default',
    sender: 'shop.example',
    tenant: null,
    refusedAt: noon,
    ...given,
  }
}

function decided(waiting: readonly Refusal[], given: Partial<Deciding> = {}) {
  const mailId = waiting.at(-1)?.mailId ?? ''
  return decide({ waiting, mailId, now: noon, isProven: () => false, hasOthers: () => false, ...given })
}

const many = (count: number, given: (n: number) => Partial<Refusal> = () => ({})) =>
  Array.from({ length: count }, (_, n) => refusal(n, given(n)))

describe('a refusal', () => {
  test('waits, and is final when it comes again an hour later while fewer than three wait', () => {
    expect(decided(many(1))).toBe('waits')
    expect(decided(many(1), { now: noon + hour - 1 })).toBe('waits')
    expect(decided(many(1), { now: noon + hour })).toBe('final')
    const others = many(3, (n) => ({ reply: `550 reason ${n}` }))
    expect(decided(others.slice(1), { now: noon + hour })).toBe('final')
    expect(decided(others, { now: noon + hour })).toBe('waits')
  })

  test('is final when something was accepted after it', () => {
    expect(decided(many(5), { isProven: ({ mailId }) => mailId === 'mail-4' })).toBe('final')
    expect(decided(many(3), { isProven: ({ mailId }) => mailId === 'mail-0' })).toBe('waits')
  })

  test('brakes as the third alike, to more than one domain', () => {
    const transport = { scope: 'transport', value: '' }
    expect(decided(many(2))).toBe('waits')
    expect(decided(many(3))).toEqual(transport)
    expect(decided(many(3, () => ({ domain: 'one.example' })))).toBe('waits')
    expect(decided(many(3, (n) => ({ domain: n === 0 ? 'a.example' : 'b.example' })))).toEqual(transport)
    expect(decided(many(3, (n) => ({ reply: `550 ${n}` })))).toBe('waits')
    expect(decided([0, 1, 2].map((seq) => refusal(0, { seq, domain: `${seq}.example` })))).toBe('waits')
  })

  test('brakes as the tenth in a row, whatever was said and whomever to', () => {
    const unlike = (count: number) => many(count, (n) => ({ domain: 'one.example', reply: `550 ${n}` }))
    expect(decided(unlike(9))).toBe('waits')
    expect(decided(unlike(10))).toEqual({ scope: 'transport', value: '' })
  })

  test('brakes no more than what the refused share', () => {
    expect(decided(many(3, () => ({ tenant: 'acme' })))).toEqual({ scope: 'tenant', value: 'acme' })
    expect(decided(many(3, (n) => ({ tenant: `t${n}` })))).toEqual({ scope: 'transport', value: '' })
    const hasOthers = (scope: string) => scope === 'stream'
    expect(decided(many(3), { hasOthers })).toEqual({ scope: 'stream', value: 'default' })
    expect(
      decided(
        many(3, (n) => ({ stream: `s${n}` })),
        { hasOthers },
      ),
    ).toMatchObject({ scope: 'transport' })
    expect(decided(many(3), { hasOthers: () => true })).toEqual({ scope: 'sender', value: 'shop.example' })
    expect(decided(many(3, () => ({ isSenders: true })))).toEqual({ scope: 'sender', value: 'shop.example' })
  })
})

const brake = tenantBrake(noon)

describe('an acceptance', () => {
  const [free, held] = [refusal(1), refusal(2, { tenant: 'acme' })]
  const known = new KnownRefusals()
  known.update({ waiting: [free, held], brakes: [brake] })
  const origin = { stream: 'default', sender: 'shop.example', tenant: null }

  test('of what was under way by then proves nothing and ends nothing', () => {
    known.accept({ ...origin, tenant: 'acme' }, noon)
    expect(known.isAnswered).toBe(false)
  })

  test('proves the refusals before it, but not those that a brake holds', () => {
    known.accept(origin, noon + 1)
    expect(known.isAnswered).toBe(true)
    expect(answeredBy(known, known)).toEqual({ ended: [], freed: [], proven: [free] })
  })

  test('of what is braked ends the brake, and what it held goes again', () => {
    known.accept({ ...origin, tenant: 'acme' }, noon + 1)
    expect(answeredBy(known, known)).toEqual({ ended: [brake], freed: [held], proven: [free] })
  })

  test('of another sender says nothing of a refused one', () => {
    const senders = new KnownRefusals()
    senders.update({ waiting: [refusal(1, { isSenders: true })], brakes: [] })
    senders.accept({ ...origin, sender: 'other.example' }, noon + 1)
    expect(senders.isAnswered).toBe(false)
    expect(senders.hasOthers('sender', 'shop.example')).toBe(true)
    senders.accept(origin, noon + 1)
    expect(senders.isAnswered).toBe(true)
  })
})

test('canaries go after as long again as it has been braked, from four seconds to four hours', () => {
  const waits = [0, 10_000, hour, 99 * hour].map((age) => waitForCanary(brake, noon + age, 0.5))
  expect(waits).toEqual([4_000, 10_000, hour, 4 * hour])
})

test('the time for which a mail was braked is that of its own brakes, in its own life', () => {
  const mail = { stream: 'default', sender: 'shop.example', tenant: 'acme', sendAt: noon + hour }
  const [now, whole] = [noon + 9 * hour, { ...brake, scope: 'transport', value: '' } as const]
  expect(brakedFor([brake], mail, now)).toBe(8 * hour)
  expect(brakedFor([{ ...whole, endedAt: noon + 3 * hour }], mail, now)).toBe(2 * hour)
  expect(brakedFor([{ ...whole, endedAt: noon + hour / 2 }], mail, now)).toBe(0)
  expect(brakedFor([{ ...brake, value: 'other' }], mail, now)).toBe(0)
  const second = { ...whole, since: noon + 5 * hour, endedAt: noon + 6 * hour, earlierMs: 2 * hour }
  expect(brakedFor([second], mail, now)).toBe(3 * hour)
  expect(brakedFor([], mail, now)).toBe(0)
})

test.each([
  ['<ada@example.com>: Relay access denied', '550 5.7.1 relay access denied'],
  ['Blocked by mx7.example.net, see https://example.net/help?id=7 [192.0.2.1]', '550 5.7.1 blocked by see'],
  ['Account closed. (req 8f3a-11)', '550 5.7.1 account closed. (req'],
])('%s is compared as %s', (text, compared) => {
  expect(comparedReply({ code: 550, enhanced: '5.7.1', text })).toBe(compared)
})
