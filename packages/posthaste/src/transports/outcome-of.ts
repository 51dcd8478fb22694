import type { Outcome, RecipientOutcome } from '../outcome.ts'
import { everyRecipient } from '../outcome.ts'
import type { Meaning } from './classify.ts'
import { errorFacts } from './error-facts.ts'
import { parseReply } from './reply.ts'
import type { Dispatch } from './transport.ts'
import { type ClassifyHook, meaningOf } from './verdict-hook.ts'

/** How far a mail had come when it failed. */
export interface Progress {
  /** The body was asked for and allowed: a connection that breaks from here on broke at this mail. */
  readonly begun: boolean
  /** The whole body may be with the server: without a reply the outcome is unknown. */
  readonly handedOver: boolean
  /** Errors of recipients that the server refused by themselves; Nodemailer names each in `recipient`. */
  readonly refusals: readonly unknown[]
}

/** Nothing of the mail has been spoken of. */
export const untouched: Progress = { begun: false, handedOver: false, refusals: [] }

/** The outcome of a mail that ended in an error. */
export function failedOutcome(
  error: unknown,
  dispatch: Dispatch,
  { begun, handedOver, refusals, hook }: Progress & Hooked,
): Outcome {
  const refused = refusedRecipients(senderRefused(error) ? [] : refusals, dispatch, hook)
  const rest = dispatch.envelope.to.filter((address) => !refused.has(address))
  const meaning = meaningOfRest(error, dispatch, { handedOver, hook })
  const fault = faultOf(meaning, begun)
  return {
    recipients: inOrder(dispatch, [
      ...refused.values(),
      ...everyRecipient(rest, meaning.verdict, meaning.reply),
    ]),
    reply: meaning.reply,
    ...(fault && { fault }),
    ...(meaning.errorCode && { errorCode: meaning.errorCode }),
  }
}

/** The outcome of a mail that the server took for at least one recipient; whom it refused has a reply of their own. */
export function acceptedOutcome(
  response: string,
  dispatch: Dispatch,
  { refusals, hook }: Pick<Progress, 'refusals'> & Hooked,
): Outcome {
  const refused = refusedRecipients(refusals, dispatch, hook)
  const rest = dispatch.envelope.to.filter((address) => !refused.has(address))
  const reply = parseReply(response)
  return {
    recipients: inOrder(dispatch, [...refused.values(), ...everyRecipient(rest, 'accepted', reply)]),
    reply,
  }
}

/** `mayBegin` said no, or the work was called off before anything left. */
export function abortedOutcome(errorCode?: string): Outcome {
  return { recipients: [], aborted: true, ...(errorCode && { errorCode }) }
}

interface Hooked {
  readonly hook: ClassifyHook | undefined
}

// A mail that makes the server hang up must use up its attempts. Where the server is really down, the next one to connect finds that out.
function faultOf({ fault }: Meaning, begun: boolean): Meaning['fault'] {
  return begun && fault?.kind === 'connection' ? undefined : fault
}

// No intelligible reply after the body was handed over: nobody can know, unless the user's hook does.
function meaningOfRest(
  error: unknown,
  dispatch: Dispatch,
  { handedOver, hook }: { handedOver: boolean } & Hooked,
): Meaning {
  const meaning = meaningOf(error, dispatch, hook)
  const { smtp, http } = errorFacts(error)
  if (!handedOver || (smtp ?? http ?? 0) >= 400 || meaning.overruled) return meaning
  const { fault: _, ...rest } = meaning
  return { ...rest, verdict: 'unknown' }
}

// Pipelined recipients of a refused sender are refused too, with a 503 that says nothing of them.
function senderRefused(error: unknown): boolean {
  return errorFacts(error).command === 'MAIL FROM'
}

function refusedRecipients(refusals: readonly unknown[], dispatch: Dispatch, hook: ClassifyHook | undefined) {
  const refused = new Map<string, RecipientOutcome>()
  for (const refusal of refusals) {
    const address = addressOf((refusal as { recipient?: unknown } | undefined)?.recipient, dispatch)
    const { verdict, reply } = meaningOf(refusal, dispatch, hook)
    if (address !== undefined) refused.set(address, { address, verdict, reply })
  }
  return refused
}

/** The address as the dispatch spells it, for servers and libraries that change its case. */
export function addressOf(recipient: unknown, dispatch: Dispatch): string | undefined {
  const name =
    typeof recipient === 'object' && recipient !== null && 'address' in recipient
      ? recipient.address
      : recipient
  if (typeof name !== 'string') return undefined
  const { to } = dispatch.envelope
  return (
    to.find((address) => address === name) ??
    to.find((address) => address.toLowerCase() === name.toLowerCase())
  )
}

function inOrder(dispatch: Dispatch, outcomes: readonly RecipientOutcome[]): RecipientOutcome[] {
  if (outcomes.length < 2) return [...outcomes]
  const byAddress = new Map(outcomes.map((outcome) => [outcome.address, outcome]))
  return dispatch.envelope.to.flatMap((address) => byAddress.get(address) ?? [])
}
