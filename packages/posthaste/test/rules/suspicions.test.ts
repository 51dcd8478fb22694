import { expect, test } from 'vitest'
import type { TransportFault } from '../../src/outcome.ts'
import { Suspicions } from '../../src/routing/suspicions.ts'

const throttled: TransportFault = {
  kind: 'throttled',
  scope: 'unknown',
  message: 'too many',
  reply: { code: 421, text: '' },
}
const mail = (sender: string, ...to: string[]) => ({ sender, recipients: to.map((address) => ({ address })) })
const one = mail('app@shop.example', 'ada@a.example')

/** Whether a second mail that meets the same confirms what the first has met. */
function confirmed(second: ReturnType<typeof mail>, { fault = throttled, later = 1 } = {}): boolean {
  const suspicions = new Suspicions(5)
  expect(suspicions.confirms(throttled, one, 7_000_000)).toBe(false)
  return suspicions.confirms(fault, second, 7_000_000 + later)
}

test('one mail alone, however often it comes, makes no fault the transport’s', () => {
  expect(confirmed(one)).toBe(false)
  expect(confirmed(mail('other@SHOP.example', 'eve@a.example'))).toBe(false)
})

test('a mail of another sender or to other domains does', () => {
  expect(confirmed(mail('app@other.example', 'ada@a.example'))).toBe(true)
  expect(confirmed(mail('', 'ada@a.example'))).toBe(true)
  expect(confirmed(mail('app@shop.example', 'ada@b.example'))).toBe(true)
  expect(confirmed(mail('app@shop.example', 'eve@b.example', 'ada@a.example'))).toBe(false)
})

test('domains are compared by their keys, and what is no domain as it stands', () => {
  const suspicions = new Suspicions(5)
  suspicions.confirms(throttled, mail('', 'a@bücher.example'), 0)
  expect(suspicions.confirms(throttled, mail('', 'b@XN--BCHER-KVA.example'), 1)).toBe(false)
  expect(suspicions.confirms(throttled, mail('', 'b@no domain'), 2)).toBe(true)
})

test('it must be the same fault, with the same code', () => {
  const second = mail('app@other.example', 'ada@b.example')
  expect(confirmed(second, { fault: { ...throttled, kind: 'connection' } })).toBe(false)
  expect(confirmed(second, { fault: { ...throttled, reply: { code: 454, text: '' } } })).toBe(false)
  const { reply: _, ...silent } = throttled
  expect(confirmed(second, { fault: silent })).toBe(false)
})

test('it must be within a minute', () => {
  const second = mail('app@other.example', 'ada@b.example')
  expect(confirmed(second, { later: 59_999 })).toBe(true)
  expect(confirmed(second, { later: 60_000 })).toBe(false)
})

test('what is confirmed is so until something is accepted, and soon afterwards since the first time', () => {
  const suspicions = new Suspicions(1)
  const meet = (names: string, now: number) =>
    [...names].map((name) =>
      suspicions.confirms(throttled, mail('app@shop.example', `ada@${name}.example`), now),
    )
  expect(suspicions.confirmedSince).toBeUndefined()
  expect(meet('ab', 1)).toEqual([false, true])
  expect(suspicions.confirmedSince).toBe(1)
  suspicions.clear({ now: 0, endsBackoff: false })
  expect(suspicions.confirmedSince).toBeUndefined()
  expect(meet('cdef', 9)).toEqual([false, false, false, true])
  expect(suspicions.confirmedSince).toBe(1)
  suspicions.clear({ now: 0, endsBackoff: false })
  const later = 600_010
  expect(meet('gh', later)).toEqual([false, true])
  expect(suspicions.confirmedSince).toBe(later)
})

test('where other mail passes, it takes four times the slots in a row, for ten minutes', () => {
  const suspicions = new Suspicions(5)
  const meet = (count: number, now: number) =>
    Array.from({ length: count }, (_, i) =>
      suspicions.confirms(throttled, mail('app@shop.example', `ada@${now}-${i}.example`), now),
    )
  meet(2, 1)
  expect(suspicions.othersPassSince(2)).toBeUndefined()
  suspicions.clear({ now: 0, endsBackoff: false })
  expect(suspicions.othersPassSince(2)).toBe(1)
  expect(meet(19, 3)).not.toContain(true)
  suspicions.clear({ now: 0, endsBackoff: false })
  expect(meet(19, 4)).not.toContain(true)
  expect(meet(1, 5)).toEqual([true])
  suspicions.clear({ now: 0, endsBackoff: false })
  expect(suspicions.othersPassSince(600_004)).toBe(1)
  expect(suspicions.othersPassSince(600_005)).toBeUndefined()
})

test('other mail passes, too, where a fault was met between a back-off and its end', () => {
  const suspicions = new Suspicions(5)
  suspicions.clear({ now: 1, endsBackoff: true })
  expect(suspicions.othersPassSince(1)).toBeUndefined()
  suspicions.confirms(throttled, one, 2)
  suspicions.clear({ now: 3, endsBackoff: false })
  expect(suspicions.othersPassSince(3)).toBeUndefined()
  suspicions.confirms(throttled, one, 4)
  suspicions.clear({ now: 5, endsBackoff: true })
  expect(suspicions.othersPassSince(5)).toBe(5)
})

test('one is suspected for a minute, until something is accepted', () => {
  const suspicions = new Suspicions(5)
  expect(suspicions.isAny(1)).toBe(false)
  suspicions.confirms(throttled, one, 1)
  expect([suspicions.isAny(60_000), suspicions.isAny(60_001)]).toEqual([true, false])
  suspicions.clear({ now: 2, endsBackoff: false })
  expect(suspicions.isAny(2)).toBe(false)
})

test('mail that met it alone, of many, is not several alike', () => {
  const suspicions = new Suspicions(5)
  const to = (name: string) => mail('app@shop.example', `ada@${name}.example`)
  for (const name of ['a', 'b']) suspicions.confirms(throttled, to(name), 1)
  suspicions.clear({ now: 0, endsBackoff: false })
  for (const name of ['c', 'd', 'e']) suspicions.confirms(throttled, to(name), 2)
  expect(suspicions.covers(to('e'), 3)).toBe(false)
})

test('nothing may have been accepted between', () => {
  const suspicions = new Suspicions(5)
  suspicions.confirms(throttled, one, 0)
  suspicions.clear({ now: 0, endsBackoff: false })
  expect(suspicions.confirms(throttled, mail('app@other.example', 'ada@b.example'), 1)).toBe(false)
})

test('mail like several that met the same in a row is covered, for a minute, and no other', () => {
  const suspicions = new Suspicions(5)
  const covered = (suspect: ReturnType<typeof mail>, now = 4) => suspicions.covers(suspect, now)
  for (const n of [1, 2]) suspicions.confirms(throttled, one, n)
  expect(covered(one)).toBe(false)
  suspicions.confirms(throttled, mail('app@shop.example', 'eve@a.example'), 3)
  expect(covered(mail('it@shop.example', 'bob@A.example'))).toBe(true)
  expect(covered(mail('app@shop.example', 'ada@b.example'))).toBe(false)
  expect(covered(mail('app@other.example', 'ada@a.example'))).toBe(false)
  expect(covered(one, 60_002)).toBe(true)
  expect(covered(one, 60_003)).toBe(false)
  suspicions.clear({ now: 0, endsBackoff: false })
  expect(covered(one)).toBe(false)
})
