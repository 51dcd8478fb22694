import { createMailQueue } from '../packages/posthaste/src/index.ts'

// A worker that is killed, stopped and resumed. Arguments: the configuration, the worker's options, as JSON.
const [config, options] = process.argv.slice(2, 4).map((json) => JSON.parse(json))
const mail = createMailQueue(config)
const worker = mail.worker(options)
const tell = (message: object) => void (process.connected && process.send?.(message))
worker.on('error', (error) => tell({ error: String(error) }))
process.once('SIGTERM', () => void worker.stop())
for (;;)
  try {
    await worker.start()
    break
  } catch (error) {
    tell({ error: String(error) })
    process.exit(3)
  }
tell({ started: true })
await worker.stopped
await mail.close()
process.exit(0)
