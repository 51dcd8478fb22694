import { expect, test } from 'vitest'
import { Events } from '../../src/events.ts'
import type { Claim, SettleVerdict } from '../../src/store/store.ts'
import type { Delivered } from '../../src/worker/deliver.ts'
import { emitSettled } from '../../src/worker/in-flight.ts'

const claim = {
  mailId: 'a',
  messageId: '<a>',
  stream: 'news',
  tenant: 't',
  attempts: 2,
  unknowns: 1,
  onUnknown: 'hold',
} as Claim
const about = { id: 'a', messageId: '<a>', stream: 'news', tenant: 't', attempt: 3 }
const reply = { code: 250, text: 'ok' }

/** What is emitted of a mail that came to this. */
function emitted(
  settlement: object | undefined,
  { verdict = 'settled' as SettleVerdict, attempt = { ms: 7, reply } as object | null } = {},
) {
  const events = new Events(() => {})
  const heard: unknown[] = []
  for (const name of ['sent', 'deferred', 'failed', 'suppressed', 'unknown', 'stale'] as const)
    events.on(name, (event) => heard.push([name, event]))
  const delivered =
    settlement && ({ settlement: { unknowns: 1, ...settlement }, attempt } as unknown as Delivered)
  emitSettled(events, { claim, workerId: 'w', limiter: undefined, slots: undefined, delivered }, verdict)
  return heard
}

test.each<[object, unknown[]]>([
  [{ state: 'sent' }, [['sent', { ...about, ms: 7, reply }]]],
  [{ state: 'suppressed' }, [['suppressed', about]]],
  [{ state: 'failed', reason: 'rejected' }, [['failed', { ...about, reason: 'rejected', reply }]]],
  [{ state: 'queued', dueAt: 5 }, [['deferred', { ...about, nextAttemptAt: new Date(5), reply }]]],
  [{ state: 'held', unknowns: 2 }, [['unknown', { ...about, policy: 'hold' }]]],
  [{ state: 'held' }, []],
])('%j is told as it is', (settlement, events) => {
  expect(emitted(settlement)).toEqual(events)
})

test('a doubt is told before what follows from it', () => {
  expect(emitted({ state: 'queued', dueAt: 5, unknowns: 2 }).map((one) => (one as [string])[0])).toEqual([
    'unknown',
    'deferred',
  ])
})

test('without an attempt there is no time and no reply', () => {
  expect(emitted({ state: 'sent' }, { attempt: null })).toEqual([['sent', { ...about, ms: 0, reply: null }]])
})

test('what another has settled is stale, and nothing else; an acceptance is recorded', () => {
  expect(emitted({ state: 'sent' }, { verdict: 'stale' })).toEqual([
    ['stale', { ...about, acceptance: false }],
  ])
  expect(emitted({ state: 'sent', unknowns: 2 }, { verdict: 'recorded' })).toEqual([
    ['stale', { ...about, acceptance: true }],
  ])
})

test('of a mail of which nothing came, nothing is told', () => {
  expect(emitted(undefined)).toEqual([])
})
