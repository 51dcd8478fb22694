import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SmtpScript, SmtpServer, SmtpStep } from '../packages/posthaste/test/support/smtp.ts'
import { startSmtp } from '../packages/posthaste/test/support/smtp.ts'
import { between } from './random.ts'

export interface Ledger {
  readonly smtp: SmtpServer
  /** From now on the server is healthy. */
  heal(): void
  /** How often each recipient's mail was accepted, as it stands on the disk. */
  read(): Map<string, number>
  readonly faults: number
  close(): Promise<void>
}

const steps: readonly SmtpStep[] = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'body', 'dot']
/** How many of the server's answers go wrong. */
const faultRate = 0.02
/** How long it may think at the dot, before and after it writes, so that whoever is killed is mostly in the middle of it. Milliseconds. */
const thought = 250

/**
 * A mail server that writes down whom it accepted mail for, on the disk, before it says so. Until it is healed it goes wrong now and then at every
 * step; at the final dot it takes its time, and it may accept and not say so. Mail to never-… is refused for good, to later-… once for now.
 */
export async function startLedger(file: string, random: () => number): Promise<Ledger> {
  const disk = openSync(file, 'a')
  const greylisted = new Set<string>()
  const state = { sick: true, faults: 0 }
  const accept = (recipients: readonly string[]) => {
    writeSync(disk, recipients.map((address) => `${address}\n`).join(''))
    fsyncSync(disk)
  }
  const reply: SmtpScript = async ({ step, address }, { to }) => {
    const fault = state.sick && steps.includes(step) && random() < faultRate
    if (fault) state.faults++
    if (fault && step === 'dot') return atTheDot(() => accept(to), random)
    const wrong = fault ? await anyFault(random) : undefined
    if (wrong) return wrong
    if (step === 'RCPT') return verdict(address, greylisted)
    if (step === 'dot') await (state.sick ? slowly(() => accept(to), random) : accept(to))
    return undefined
  }
  const smtp = await startSmtp({ reply })
  return {
    smtp,
    heal: () => {
      state.sick = false
    },
    read: () => count(file),
    get faults() {
      return state.faults
    },
    close: async () => {
      await smtp.close()
      closeSync(disk)
    },
  }
}

function verdict(address: string, greylisted: Set<string>): string | undefined {
  if (address.startsWith('never-')) return '550 5.1.1 no such user'
  if (!address.startsWith('later-') || greylisted.has(address)) return undefined
  greylisted.add(address)
  return '450 4.2.1 greylisted'
}

async function slowly(accept: () => void, random: () => number): Promise<void> {
  await sleep(between(random, 0, thought))
  accept()
  await sleep(between(random, 0, thought))
}

/** Accepted and silent, accepted late, or refused for now: three things that look alike to who has handed over a mail. */
async function atTheDot(accept: () => void, random: () => number) {
  const dice = random()
  if (dice < 0.3) return '451 4.3.0 not now'
  if (dice < 0.5) return { and: 'reset' as const }
  accept()
  if (dice < 0.75) return { and: 'close' as const }
  await sleep(between(random, 500, 4_000))
  return undefined
}

/** Undefined: the right answer, late. */
async function anyFault(random: () => number) {
  const dice = random()
  if (dice < 0.25) return { and: 'reset' as const }
  if (dice < 0.45) return { and: 'close' as const }
  if (dice < 0.6) return '421 4.3.2 going down'
  if (dice < 0.8) return '451 4.3.0 not now'
  if (dice < 0.9) return 'nonsense'
  await sleep(between(random, 200, 3_000))
  return undefined
}

function count(file: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const address of readFileSync(file, 'utf8').split('\n').filter(Boolean))
    found.set(address, (found.get(address) ?? 0) + 1)
  return found
}
