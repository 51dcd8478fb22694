import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { everyLane } from '../../src/store/delivery/due-pairs.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'

describeEachDatabase('one pass', (_kind, fresh) => {
  test('takes over from one that was killed, and flags what that may have sent', async () => {
    await using line = await openLine((await fresh()).url)
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    await claimAndDie(line, 60_000)
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
    expect(await line.mail.get(id)).toMatchObject({ state: 'sent', unknowns: 1 })
    expect((await line.mail.attempts(id)).map(({ outcome }) => outcome)).toEqual(['died', 'accepted'])
  })

  test('leaves alone who is only late with a heartbeat', async () => {
    await using line = await openLine((await fresh()).url)
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    await claimAndDie(line, 1_000)
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 0 })
    expect(await line.mail.get(id)).toMatchObject({ state: 'sending', unknowns: 0 })
  })
})

/** What is left of a worker whose lease ended so many milliseconds ago. */
async function claimAndDie({ parts }: TestLine, ago: number): Promise<void> {
  const { store } = await parts.connection.ready()
  const now = parts.clock.now()
  const id = newId()
  const times = { startedAt: now, heartbeatAt: now, leaseUntil: now - ago }
  const state = {
    sleeping: false,
    stopping: false,
    streams: null,
    concurrency: 1,
    delivered: 0,
    ownFault: null,
  }
  await store.registerWorker({ id, name: 'the dead', version: '0', ...times, ...state })
  const claim = [{ streams: ['default'], lanes: everyLane, limit: 1 }]
  const { claims } = await store.turn({ workerId: id, now, settle: [], claim })
  expect(claims).toHaveLength(1)
}
