import { expect, test } from 'vitest'
import type { QueueParts } from '../../src/queue/queue-parts.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

const mails = 300
const concurrency = 10

describeEachDatabase('turns', (_kind, fresh) => {
  test('of a busy worker settle and claim several mails each, over no more connections than it has slots', async () => {
    await using line = await openLine((await fresh()).url)
    const addresses = Array.from({ length: mails }, (_, i) => `c${i}@example.com`)
    await line.mail.enqueueMany(addresses.map((to) => ({ mail: letter(to) })))
    const turns = await countTurns(line.parts)
    expect(await line.mail.deliverDue({ concurrency })).toMatchObject({ sent: mails })
    expect(turns()).toBeLessThan(mails * 0.75)
    expect(line.smtp.sessions.length).toBeLessThanOrEqual(concurrency)
    expect(new Set(line.smtp.received.map(({ to }) => String(to))).size).toBe(mails)
  })
})

/** Counts what the worker asks of the real store. */
async function countTurns({ connection }: QueueParts): Promise<() => number> {
  const { store } = await connection.ready()
  const { turn } = store
  let count = 0
  store.turn = (asked) => {
    count++
    return turn(asked)
  }
  return () => count
}
