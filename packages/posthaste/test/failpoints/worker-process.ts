// First: the package's modules reach failpoints while they are loaded.
import './failpoint.ts'
import { writeFileSync } from 'node:fs'
import { createMailQueue, type QueueConfig, type WorkerOptions } from '../../src/index.ts'
import { arm, type Signal } from './failpoint.ts'

/** What this process does. Its argument, as JSON. */
export interface Task {
  readonly config: QueueConfig
  readonly options: WorkerOptions
  /** The hit at which it gives itself the signal. */
  readonly victim?: string
  /** @default 'SIGKILL' */
  readonly signal?: Signal
  /** Where the hits are written down at the end. */
  readonly log?: string
  /** It stops when it has finished so many mails. */
  readonly finals: number
}

const task = JSON.parse(process.argv[2] ?? '') as Task
const mail = createMailQueue(task.config)
const worker = mail.worker(task.options)
let finals = 0
const finished = () => void (++finals === task.finals && worker.stop())
// Stale: somebody else has settled it, as one of the faults does that are put in on purpose.
for (const name of ['sent', 'failed', 'suppressed', 'stale'] as const) worker.on(name, finished)
worker.on('unknown', ({ policy }) => void (policy === 'hold' && finished()))
worker.on('error', (error) => console.error(error))
process.once('SIGTERM', () => void worker.stop())
// What opens the connection belongs to no worker's line.
await mail.health()
const hits = arm(task.victim, task.signal ?? 'SIGKILL')
await worker.start()
await worker.stopped
if (task.log) writeFileSync(task.log, JSON.stringify(hits))
await mail.close()
process.exit(0)
