import { expect, test } from 'vitest'
import type { QueueConfig } from '../../src/config/queue-config.ts'
import type { Transport } from '../../src/transports/transport.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { type HandClock, queueAtHand } from '../support/hand-clock.ts'
import { letter } from '../support/line.ts'
import { until } from '../support/wait.ts'

/** It takes its failure at some mails for its own, and never says why. */
function blamesItself(): Transport {
  return {
    name: 'api',
    maxConnections: 4,
    async deliver({ envelope, mayBegin }) {
      if (envelope.to.some((address) => address.startsWith('bad')))
        return { type: 'fault', fault: { kind: 'connection', scope: 'transport', message: 'cannot' } }
      if (!(await mayBegin())) return { type: 'aborted' }
      return {
        type: 'answered',
        recipients: envelope.to.map((address) => ({ address, verdict: 'accepted' })),
      }
    },
    async verify() {},
    async close() {},
  }
}

const named: Partial<QueueConfig> = { transports: { default: blamesItself() } }
const chosen: Partial<QueueConfig> = {
  transports: { api: blamesItself() },
  route: () => 'api',
}

describeEachDatabase('a transport that blames itself for the mail that is first in order', (_kind, fresh) => {
  async function scene(config: Partial<QueueConfig>) {
    const { mail, clock } = queueAtHand({ database: (await fresh()).url, ...config } as QueueConfig)
    await mail.migrate()
    for (const priority of ['high', 'normal'] as const)
      for (let i = 0; i < 3; i++) await mail.enqueue(letter(`bad-${priority}-${i}@example.com`), { priority })
    const good = await mail.enqueue(letter('good@example.com'), { priority: 'bulk' })
    return {
      mail,
      clock,
      good: async () => (await mail.get(good.id))?.state,
      [Symbol.asyncDispose]: () => mail.close(),
    }
  }

  const turnOn = (clock: HandClock, until: Date | null | undefined) =>
    clock.turn(Math.max(0, (until?.getTime() ?? 0) - clock.now()) + 1)

  test.each([
    ['that a stream names', named],
    ['that a function chooses', chosen],
  ])('%s lets other mail pass, in passes', async (_name, config) => {
    await using at = await scene(config)
    let passes = 0
    for (; passes < 16 && (await at.good()) !== 'sent'; passes++) {
      await at.mail.deliverDue({ concurrency: 1 })
      turnOn(at.clock, (await at.mail.health()).backingOff[0]?.until)
    }
    expect([await at.good(), passes]).toEqual(['sent', expect.any(Number)])
  })

  test.each([
    ['that a stream names', named],
    ['that a function chooses', chosen],
  ])('%s lets other mail pass, in a worker', async (_name, config) => {
    await using at = await scene(config)
    await using worker = at.mail.worker({ pollInterval: '50ms' })
    await worker.start()
    await until(
      async () => {
        const backingOff = (await at.mail.health()).backingOff[0]?.until
        if (backingOff && backingOff.getTime() > at.clock.now()) turnOn(at.clock, backingOff)
        return (await at.good()) === 'sent'
      },
      { timeout: 20_000 },
    )
    await worker.stop()
  })
})
