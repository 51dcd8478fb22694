import { expect, test } from 'vitest'
import { isId, newId } from '../src/ids.ts'
import { describeDatabase } from './support/databases.ts'
import { queueAtHand } from './support/hand-clock.ts'
import { letter } from './support/line.ts'

const millennium = Date.UTC(2000, 0, 1)

test('an id holds the time that it was given, and is a UUID of version 7', () => {
  const id = newId(millennium + 0.7)
  expect(timeOf(id)).toBe(millennium)
  expect(id).toMatch(/^.{14}7.{4}[89ab]/)
  expect(isId(id)).toBe(true)
})

test('ids of one millisecond count up, and those of another begin anywhere', () => {
  const many = Array.from({ length: 1_000 }, () => newId(millennium))
  expect(many).toEqual([...new Set(many)].sort())
  const begins = Array.from({ length: 100 }, (_, i) => newId(millennium + 1 + i).slice(14))
  expect(new Set(begins).size).toBe(100)
})

describeDatabase('sqlite', 'the id of a mail', (_kind, fresh) => {
  test("holds the time of the queue's clock, whatever the machine's says", async () => {
    const { mail, clock } = queueAtHand({ database: (await fresh()).url })
    clock.turn(3 * 86_400_000)
    const { id } = await mail.enqueue(letter('ada@example.com'))
    const { createdAt } = (await mail.get(id)) ?? {}
    expect(timeOf(id)).toBe(createdAt?.getTime())
    expect((await mail.find({ since: new Date(clock.now() - 1_000) })).items.map((one) => one.id)).toEqual([
      id,
    ])
    await mail.close()
  })
})

function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}
