import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createMailQueue } from '../queue/create-mail-queue.ts'
import type { MailQueue, Worker } from '../queue/mail-queue.ts'
import { acts, greylisted, missing, suppressed } from './acts.ts'
import { bold, green, red, Screen } from './screen.ts'
import { openShop, type Shop, transaction } from './shop.ts'
import { type DemoSmtp, startSmtp } from './smtp-server.ts'
import { lineOf, outcomeOf, type Played } from './tally.ts'
import { totals } from './totals.ts'

const connections = 4

/**
 * Plays a shop that queues mail in transactions, some committed and some rolled back, while a worker delivers to a local SMTP server;
 * then compares what was committed, what the server counted, and what the queue has on record. Gives the exit code: 0 if all agree.
 */
export async function runDemo(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-demo-'))
  const clean = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  const interrupted = () => {
    clean()
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  try {
    return await onStage(join(folder, 'shop.db'))
  } finally {
    process.off('SIGINT', interrupted)
    clean()
  }
}

interface Stage {
  readonly shop: Shop
  readonly smtp: DemoSmtp
  readonly mail: MailQueue
  readonly screen: Screen
}

async function onStage(file: string): Promise<number> {
  const smtp = await startSmtp(refusals())
  const shop = await openShop(file)
  const mail = createMailQueue({
    database: `sqlite:${file}`,
    defaults: { from: 'Shop <shop@example.com>' },
    transports: { default: { url: `smtp://127.0.0.1:${smtp.port}`, maxConnections: connections } },
    retry: { first: '400ms', jitter: 0 },
  })
  try {
    return await perform({ shop, smtp, mail, screen: new Screen() })
  } finally {
    await mail.close()
    shop.close()
    await smtp.close()
  }
}

async function perform(stage: Stage): Promise<number> {
  const { mail, screen, smtp } = stage
  const began = performance.now()
  screen.say(
    `\n  ${bold('Posthaste')}: a queue in SQLite, an SMTP server on port ${smtp.port}, a worker with ${connections} connections\n`,
  )
  await mail.suppressions.add(suppressed, { reason: 'unsubscribed' })
  const worker = announced(mail.worker({ name: 'demo' }), stage)
  await worker.start()
  try {
    const played = await play(stage)
    await settleAll(stage, played)
    await worker.stop()
    return await report(stage, played, performance.now() - began)
  } finally {
    await worker.stop()
  }
}

/** The server knows all but one recipient, and puts one off once. */
function refusals(): (recipient: string) => string | undefined {
  let putOff = false
  return (recipient) => {
    if (recipient === missing) return '550 5.1.1 No such user here'
    if (recipient !== greylisted || putOff) return undefined
    putOff = true
    return '451 4.7.1 Busy, come back in a moment'
  }
}

function announced(worker: Worker, { screen }: Stage): Worker {
  const seconds = (at: Date) => `${Math.max(0, (at.getTime() - Date.now()) / 1_000).toFixed(1)} s`
  return worker
    .on('deferred', ({ reply, nextAttemptAt }) =>
      screen.did('deferred', `${reply}; again in ${seconds(nextAttemptAt)}`),
    )
    .on('failed', ({ reason, reply }) => screen.did('failed', `${reason}: ${reply}`))
    .on('error', (error) => screen.did('error', String(error)))
}

async function play({ shop, mail, screen, smtp }: Stage): Promise<Played[]> {
  const played: Played[] = []
  for (const act of acts) {
    const at = Date.now()
    const end = act.fate === 'undone' ? 'rollback' : 'commit'
    const work = async () => {
      shop.order(act.title)
      return act.enqueue(mail, shop.db)
    }
    const mails = await transaction(shop, work, end)
    played.push({ act, mails, at })
    screen.did(
      end,
      `${String(mails.length).padStart(2)} ${mails.length === 1 ? 'mail ' : 'mails'}  ${act.title}`,
    )
    screen.pass(`${smtp.accepted.length} mails at the server`)
    await pause(40)
  }
  return played
}

async function settleAll({ mail, screen, smtp }: Stage, played: readonly Played[]): Promise<void> {
  const committed = played.filter(({ act }) => act.fate !== 'undone').flatMap(({ mails }) => mails)
  const watching = setInterval(() => screen.pass(`${smtp.accepted.length} mails at the server`), 100)
  try {
    await Promise.all(committed.map(({ id }) => mail.settled(id, { timeout: '9s' }).catch(() => {})))
  } finally {
    clearInterval(watching)
    screen.pass('')
  }
}

async function report(
  { mail, smtp, shop, screen }: Stage,
  played: readonly Played[],
  ms: number,
): Promise<number> {
  const outcomes = await Promise.all(played.map((one) => outcomeOf(one, smtp.accepted, mail)))
  const lines = outcomes.map(lineOf)
  const sums = await totals(outcomes, smtp, mail)
  const committed = played.filter(({ act }) => act.fate !== 'undone').length
  const agree = [...lines, ...sums].every(({ ok }) => ok) && shop.orders() === committed
  screen.say()
  screen.table([...lines, ...sums])
  screen.say(
    agree
      ? `\n  ${green('All agree')}: what was committed arrived once, what was rolled back never existed. ${(ms / 1_000).toFixed(1)} s\n`
      : `\n  ${red('They do not agree.')}\n`,
  )
  return agree ? 0 : 1
}
