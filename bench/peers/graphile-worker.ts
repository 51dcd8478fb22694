import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker'
import { letter, pool } from '../support.ts'
import { fillThenDrain, type Peer } from './peer.ts'

const shapes = {
  plain: {},
  // Jobs fetched 500 at a time and completed in batches: its page on performance.
  'local queue of 500': { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
}

export function graphileWorker(version: string): Peer[] {
  return Object.entries(shapes).map(([shape, settings]) => ({
    name: `graphile-worker ${version}, ${shape}`,
    async round(bench) {
      const connectionString = await bench.servers.fresh('postgres')
      const logger = new Logger(() => (level, message) => {
        if (level === 'error') console.error(message)
      })
      const utils = await makeWorkerUtils({ connectionString, logger })
      await utils.migrate()
      const transporter = pool(bench.sink, 10)
      const rates = await fillThenDrain(bench, {
        fill: (numbers) =>
          utils.addJobs(numbers.map((i) => ({ identifier: 'mail', payload: letter(`c${i}@example.com`) }))),
        drain: () =>
          runOnce({
            logger,
            noHandleSignals: true,
            taskList: { mail: async (mail) => void (await transporter.sendMail(mail)) },
            preset: { worker: { connectionString, concurrentJobs: 20, maxPoolSize: 20, ...settings } },
          }),
      })
      transporter.close()
      await utils.release()
      return rates
    },
  }))
}
