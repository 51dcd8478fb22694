import { once } from 'node:events'
import { at, simple } from './act.ts'
import { play, showOutcome } from './play.ts'
import { demoQueue, type Stage, until, withWorker } from './stage.ts'
import type { Played } from './tally.ts'

/** So short that what it holds is soon with others. */
const options = { lease: '1s', pollInterval: '50ms' } as const
const mail = { subject: 'Your order', text: 'It is on its way.' }
const handedOver = [at('receipt'), at('invoice')]

const acts = [
  simple('not handed over at its death', [at('basket1'), at('basket2')], mail, {
    options: { onUnknown: 'hold' },
  }),
  simple("no answer came; policy 'retry'", [at('receipt')], mail, { fate: 'flagged', copies: 2 }),
  simple("no answer came; policy 'hold'", [at('invoice')], mail, {
    fate: 'held',
    options: { onUnknown: 'hold' },
  }),
]

/** The second chapter: a process is killed while two of its mails are at the server and two on their way. */
export async function killedWorker(stage: Stage): Promise<Played[]> {
  const { manners, screen, smtp } = stage
  screen.chapter(2, 'A worker is killed in mid-delivery')
  manners.isSilent = (recipient, moment) => moment === (handedOver.includes(recipient) ? 'body' : 'recipient')
  const worker = stage.startProcess(JSON.stringify({ file: stage.file, port: smtp.port }))
  const gone = once(worker, 'exit')
  screen.did('starts', `process ${worker.pid}, a worker`)
  try {
    const played = await play(stage, acts)
    const count = played.flatMap(({ mails }) => mails).length
    await until(() => smtp.unanswered.length === count || worker.exitCode !== null, 'for the worker process')
    screen.did('waits', 'for the server, which has 2 of its mails, and not yet the 2 others')
    worker.kill('SIGKILL')
    const [, signal] = await gone
    manners.isSilent = () => false
    screen.did('kill -9', `process ${worker.pid} is gone by ${signal}, ${count} mails were under way`)
    await rescue(stage, played)
    return played
  } finally {
    worker.kill('SIGKILL')
    await gone
  }
}

async function rescue(stage: Stage, played: readonly Played[]): Promise<void> {
  const began = performance.now()
  const worker = stage.mail.worker({ ...options, name: 'worker 2' }).on('rescued', ({ mails }) => {
    const seconds = ((performance.now() - began) / 1_000).toFixed(1)
    stage.screen.did('rescued', `${mails} mails, by another worker, ${seconds} s after it`)
  })
  await withWorker(worker, () => showOutcome(stage, played))
}

/** What that process runs, until it is killed or the demo is gone. */
export async function runDemoWorker(settings: string): Promise<void> {
  process.once('disconnect', () => process.exit())
  await demoQueue(JSON.parse(settings))
    .worker({ ...options, name: 'worker 1' })
    .run()
}
