import type { Readable } from 'node:stream'
import type { Dispatch, Transport } from '../../src/index.ts'
import type { Outcome } from '../../src/outcome.ts'
import { type Dice, diceOf } from './dice.ts'
import { isWicked } from './post.ts'
import { aside } from './ticks.ts'
import { anyValue } from './values.ts'

/** What the app's own functions share with whoever watches them. */
export interface Behaviour {
  seed: number
  /** How many may still hang; they take places for good until their worker stops. */
  mayHang: number
  /** A mail that is not fuzzed has come to where it was to go. */
  arrived(address: string): void
}

/** A transport of the app's that returns and throws anything for a wicked mail, and does right by others. */
export function wickedTransport(name: string, behaviour: Behaviour): Transport {
  const deliver = (dispatch: Dispatch) => {
    const { from, to } = dispatch.envelope
    if (!isWicked(from)) return accept(dispatch, behaviour)
    const dice = diceOf(behaviour.seed, name, to[0] ?? '', dispatch.attempt)
    const handling = () => handled(dispatch, dice)
    return misbehave({ dice, behaviour, to, handling }) as Promise<Outcome>
  }
  return { name, maxConnections: 5, deliver, verify: () => verified(name), close: async () => {} }
}

async function accept(
  { envelope, mayBegin }: Dispatch,
  { arrived }: Pick<Behaviour, 'arrived'>,
): Promise<Outcome> {
  if (!(await mayBegin())) return { type: 'aborted' }
  for (const address of envelope.to) arrived(address)
  return { type: 'answered', recipients: envelope.to.map((address) => ({ address, verdict: 'accepted' })) }
}

/** A Nodemailer transporter, or what passes for one, that does the same. */
export function wickedTransporter(name: string, behaviour: Behaviour) {
  let sends = 0
  const sendMail = (data: Record<string, unknown>) => {
    const { from, to } = envelopeOf(data)
    if (!isWicked(from)) {
      for (const address of to) behaviour.arrived(address)
      return Promise.resolve({ messageId: '<1@example.com>', response: '250 2.0.0 Ok', accepted: to })
    }
    const dice = diceOf(behaviour.seed, name, to[0] ?? '', sends++)
    return misbehave({ dice, behaviour, to, handling: async () => drained(data.raw, dice) })
  }
  return {
    sendMail: sendMail as (data: Record<string, unknown>) => Promise<unknown>,
    verify: () => verified(name),
  }
}

function envelopeOf({ envelope, from, to }: Record<string, unknown>): { from: string; to: string[] } {
  const given = envelope as { from: unknown; to: unknown } | undefined
  const all = [given?.to ?? to].flat().map((one) => addressIn(one))
  return { from: addressIn(given?.from ?? from), to: all }
}

function addressIn(value: unknown): string {
  return typeof value === 'string' ? value : String((value as { address?: unknown } | undefined)?.address)
}

interface Misbehaving {
  readonly dice: Dice
  readonly behaviour: Behaviour
  readonly to: readonly string[]
  /** What it does with the mail before it answers. */
  handling(): Promise<unknown>
}

/** Returns anything at once or later, throws at once, rejects with anything, or hangs. */
function misbehave({ dice, behaviour, to, handling }: Misbehaving): unknown {
  const [way, value] = [dice.roll(), aside(() => anyValue(dice, to))]
  if (way < 0.08) return value
  if (way < 0.16) throw value
  if (way < 0.2 && behaviour.mayHang > 0) {
    behaviour.mayHang--
    return handling().then(() => new Promise(() => {}))
  }
  return handling().then(() => {
    if (way < 0.6) return value
    throw value
  })
}

/** Takes of the mail what it likes. */
async function handled({ mime, message, mayBegin }: Dispatch, dice: Dice): Promise<void> {
  if (dice.chance(0.6)) await mayBegin()
  if (dice.chance(0.3)) await drained(await mime(), dice)
  if (dice.chance(0.2)) await message()
  if (dice.chance(0.2)) await mayBegin()
}

/** Reads all of a stream, some of it, or nothing. */
async function drained(content: unknown, dice: Dice): Promise<void> {
  const stream = content as Readable | undefined
  if (typeof stream?.destroy !== 'function' || dice.chance(0.3)) return
  for await (const _ of stream) if (dice.chance(0.5)) break
}

async function verified(name: string): Promise<never> {
  throw new Error(`${name} is wicked`)
}
