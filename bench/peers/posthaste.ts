import { createMailQueue, type QueueConfig } from '../../packages/posthaste/src/index.ts'
import { letter } from '../support.ts'
import { fillThenDrain, type Peer } from './peer.ts'

/** Ourselves, measured as the others are. */
export function posthaste(connections: number, render: QueueConfig['render'] = 'enqueue'): Peer {
  return {
    name: `Posthaste, ${connections} connections${render === 'deliver' ? ', composing at delivery' : ''}`,
    async round(bench) {
      const mail = createMailQueue({
        database: await bench.servers.fresh('postgres'),
        render,
        transports: { default: { url: bench.sink.url, maxConnections: connections, maxMessages: 1_000_000 } },
      })
      await mail.migrate()
      const rates = await fillThenDrain(bench, {
        fill: (numbers) => mail.enqueueMany(numbers.map((i) => ({ mail: letter(`c${i}@example.com`) }))),
        drain: () => mail.deliverDue({ concurrency: connections }),
      })
      await mail.close()
      return rates
    },
  }
}
