import { createMailQueue } from '../../src/index.ts'

// A worker in a process of its own that says how high its memory rose until so many mails were sent. Arguments: the configuration as JSON, a number.
const [config = '', enough] = process.argv.slice(2, 4)
const mail = createMailQueue(JSON.parse(config))
const worker = mail.worker({ concurrency: 10 })
let [sent, highest] = [0, 0]
worker.on('sent', () => {
  highest = Math.max(highest, process.memoryUsage.rss() / 2 ** 20)
  if (++sent === Number(enough)) void worker.stop()
})
await worker.start()
await worker.stopped
process.send?.({ highest })
await mail.close()
process.disconnect?.()
