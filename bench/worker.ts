import pg from 'pg'
import { createMailQueue } from '../packages/posthaste/src/index.ts'

// A worker in a process of its own, which tells what it has used. Arguments: the configuration and the worker's options, as JSON.
let statements = 0
const { query } = pg.Client.prototype
pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  statements++
  return Reflect.apply(query, this, given)
}
const [config = '{}', options = '{}'] = process.argv.slice(2)
const mail = createMailQueue(JSON.parse(config))
const worker = mail.worker(JSON.parse(options))
worker.on('error', (error) => console.error(error))
process.on('message', () =>
  process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss(), statements }),
)
process.on('disconnect', () => process.exit(0))
await worker.start()
process.send?.({ ready: true })
