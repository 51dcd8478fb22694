import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acts, greylisted, missing, suppressed } from './acts.ts'
import { killedWorker } from './killed-worker.ts'
import { outage } from './outage.ts'
import { play, showOutcome } from './play.ts'
import { bold, green, red, Screen } from './screen.ts'
import { openShop } from './shop.ts'
import { startSmtp } from './smtp-server.ts'
import type { Manners } from './smtp-talk.ts'
import { demoQueue, type Stage, type StartProcess, withWorker } from './stage.ts'
import { lineOf, outcomeOf, type Played } from './tally.ts'
import { totals } from './totals.ts'

/**
 * Plays a shop that queues mail in transactions, a worker that is killed, and a mail server that is away; then compares what was
 * committed, what the server counted, and what the queue has on record. Gives the exit code: 0 if all agree.
 */
export async function runDemo(startProcess: StartProcess): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-demo-'))
  const clean = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  const interrupted = () => {
    clean()
    process.exit(130)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, interrupted)
  try {
    return await onStage(join(folder, 'shop.db'), startProcess)
  } finally {
    for (const name of signals) process.off(name, interrupted)
    clean()
  }
}

async function onStage(file: string, startProcess: StartProcess): Promise<number> {
  const manners = mannersOfServer()
  const smtp = await startSmtp(manners)
  const shop = await openShop(file)
  const mail = demoQueue({ file, port: smtp.port })
  try {
    return await perform({ file, shop, smtp, manners, mail, startProcess, screen: new Screen() })
  } finally {
    await mail.close()
    shop.close()
    await smtp.stop()
  }
}

/** The server knows all but one recipient, and puts one off once. */
function mannersOfServer(): Manners {
  let putOff = false
  const refusal = (recipient: string) => {
    if (recipient === missing) return '550 5.1.1 No such user here'
    if (recipient !== greylisted || putOff) return undefined
    putOff = true
    return '451 4.7.1 Busy, come back in a moment'
  }
  return { refusal, isSilent: () => false }
}

async function perform(stage: Stage): Promise<number> {
  const began = performance.now()
  stage.screen.say(`
  ${bold('Posthaste')}: a shop and its queue in one SQLite file, and a mail server
  on port ${stage.smtp.port} that counts. How many mails were meant to arrive, how many
  did the server get, and how many have this fate on the queue's record?`)
  const played = [...(await orders(stage)), ...(await killedWorker(stage)), ...(await outage(stage))]
  return report(stage, played, performance.now() - began)
}

/** The first chapter. */
async function orders(stage: Stage): Promise<Played[]> {
  const { mail, screen } = stage
  screen.chapter(1, 'Orders and their mail are committed together, or rolled back')
  await mail.suppressions.add(suppressed, { reason: 'unsubscribed' })
  let played: Played[] = []
  await withWorker(mail.worker({ name: 'worker 0' }), async () => {
    played = await play(stage, acts)
    await showOutcome(stage, played)
  })
  return played
}

/** Counted anew: a copy that came late would be found. */
async function report(
  { mail, smtp, shop, screen }: Stage,
  played: readonly Played[],
  ms: number,
): Promise<number> {
  const outcomes = await Promise.all(played.map((one) => outcomeOf(one, smtp.accepted, mail)))
  const sums = await totals(outcomes, smtp, mail)
  const committed = played.filter(({ act }) => act.fate !== 'undone').length
  const agree = [...outcomes.map(lineOf), ...sums].every(({ ok }) => ok) && shop.orders() === committed
  screen.say(`\n  ${bold('In all')}`)
  screen.table(sums)
  screen.say(
    agree
      ? `\n  ${green('All agree')}: what was committed arrived, what was rolled back never existed, and\n  the one second copy was expected and is flagged. ${(ms / 1_000).toFixed(1)} s\n`
      : `\n  ${red('They do not agree.')}\n`,
  )
  return agree ? 0 : 1
}
