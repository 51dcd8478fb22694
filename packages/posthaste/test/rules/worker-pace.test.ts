import { expect, test } from 'vitest'
import { Pace } from '../../src/routing/pace.ts'

function paceOf({ turn, conversation }: { turn: number; conversation: number }): Pace {
  const pace = new Pace()
  for (let i = 0; i < 100; i++) {
    pace.turned(turn)
    pace.delivered(conversation)
  }
  return pace
}

test('nothing is claimed ahead before the first mail has gone', () => {
  const pace = new Pace()
  pace.turned(20)
  expect(pace.ahead(10)).toBe(0)
})

test('nothing is claimed ahead for a server that takes longer over a mail than slots times a commit', () => {
  expect(paceOf({ turn: 3, conversation: 100 }).ahead(10)).toBe(0)
  expect(paceOf({ turn: 3, conversation: 31 }).ahead(10)).toBe(0)
})

test('as many are claimed ahead as go out while a turn commits, and never more than there are slots', () => {
  expect(paceOf({ turn: 2, conversation: 4.1 }).ahead(10)).toBe(4)
  expect(paceOf({ turn: 50, conversation: 1 }).ahead(10)).toBe(10)
  expect(paceOf({ turn: 50, conversation: 0 }).ahead(10)).toBe(10)
})

test('one slow answer does not change the pace for long', () => {
  const pace = paceOf({ turn: 2, conversation: 2.1 })
  pace.delivered(10_000)
  expect(pace.ahead(10)).toBe(0)
  for (let i = 0; i < 50; i++) pace.delivered(2.1)
  expect(pace.ahead(10)).toBe(9)
})

test('turns and conversations are as long as they were of late; before the first, a conversation is guessed', () => {
  const pace = new Pace()
  expect([pace.turn, pace.conversation]).toEqual([0, 50])
  pace.turned(10)
  pace.delivered(10)
  expect([pace.turn, pace.conversation]).toEqual([2, 10])
  pace.turned(12)
  pace.delivered(20)
  expect([pace.turn, pace.conversation]).toEqual([4, 12])
})
