import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMailQueue } from '../../src/index.ts'
import { letter } from './line.ts'

// An app with its own worker in one process, which holds write transactions open over awaits. Arguments: database, SMTP server. Says by how much
// the event loop was ever late while a write transaction was open.
const [url = '', smtp = ''] = process.argv.slice(2, 4)
const handle = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 0 })
const mail = createMailQueue({ database: url, transports: { default: smtp } })
await mail.migrate()
await mail.enqueueMany(Array.from({ length: 20 }, (_, i) => ({ mail: letter(`first-${i}@example.com`) })))
const worker = mail.worker({ lease: '1s' })
await worker.start()
await until(20)
const rounds: number[] = []
for (let round = 0; round < 2; round++) {
  await immediate()
  const probe = startProbe()
  for (let i = 0; i < 5; i++) await mail.enqueueIn(handle, letter(`in-${round}-${i}@example.com`))
  const outside = Array.from({ length: 5 }, (_, i) => mail.enqueue(letter(`out-${round}-${i}@example.com`)))
  await sleep(1_500)
  rounds.push(probe())
  handle.exec('commit')
  await Promise.all(outside)
}
await until(40)
await worker.stop()
process.send?.({ measured: { rounds, sent: await mail.count({ state: 'sent' }) } })
await mail.close()
handle.close()
process.disconnect?.()

/** Milliseconds by which the event loop was late at most, until it is called. */
function startProbe(): () => number {
  let longest = 0
  let last = performance.now()
  const ticking = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 2)
    last = performance.now()
  }, 2)
  return () => {
    clearInterval(ticking)
    return longest
  }
}

async function immediate(): Promise<void> {
  for (;;)
    try {
      return handle.exec('begin immediate')
    } catch {
      await sleep(5)
    }
}

async function until(sent: number): Promise<void> {
  while ((await mail.count({ state: 'sent' })) < sent) await sleep(20)
}
