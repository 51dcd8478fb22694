import { createMailQueue } from '../../src/index.ts'

// A worker in a process of its own: killed, stopped and resumed for real. Arguments: the configuration and the worker's options, as JSON.
const [config, options] = process.argv.slice(2, 4).map((json) => JSON.parse(json))
const mail = createMailQueue(config)
const worker = mail.worker(options)
const counts = { sent: 0, deferred: 0, failed: 0, stale: 0, unknown: 0, rescued: 0 }
for (const name of ['sent', 'deferred', 'failed', 'stale', 'unknown', 'rescued'] as const)
  worker.on(name, (about: unknown) => {
    counts[name]++
    process.send?.({ [name]: about })
  })
worker.on('error', (error) => process.send?.({ error: String(error) }))
process.once('SIGTERM', () => void worker.stop())
await worker.start()
process.send?.({ started: true })
await worker.stopped
await mail.close()
process.disconnect?.()
