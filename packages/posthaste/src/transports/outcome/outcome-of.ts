import { peek, textIn } from '../../foreign.ts'
import {
  type Aborted,
  type Answered,
  everyRecipient,
  type Outcome,
  type RecipientOutcome,
} from '../../outcome.ts'
import type { Dispatch } from '../transport.ts'
import type { Meaning } from './classify.ts'
import { meaningWithHook } from './classify-hook.ts'
import { parseReply } from './facts.ts'
import { givenOutcome } from './given-outcome.ts'
import { addressOf, type Progress, type Reading } from './reading.ts'
import { type Result, readResult } from './result.ts'

/** What a {@link Transport} returned, a Nodemailer transporter resolved with, or either of them threw or rejected with. */
export type Came =
  | { readonly returned: unknown }
  | { readonly resolved: unknown }
  | { readonly thrown: unknown }

/**
 * The outcome of whatever a transport or a Nodemailer transporter returned, resolved, threw or rejected with. Total: it never throws, and
 * what it returns is typed, bounded and speaks of every recipient that was asked for.
 */
export function outcomeOf(came: Came, reading: Reading): Outcome {
  if ('thrown' in came) return failedOutcome(came.thrown, reading)
  if ('resolved' in came) return resolvedOutcome(readResult(came.resolved, reading.dispatch), reading)
  const given = givenOutcome(came.returned, reading)
  if (given) return given
  // A transport that returns what its sendMail gave it: but nothing at all, or any object, is no acceptance.
  const read = readResult(came.returned, reading.dispatch)
  const isAnswer = 'failure' in read || read.isEvident
  return isAnswer ? resolvedOutcome(read, reading) : failedOutcome(new Error(noOutcome), reading)
}

/** The outcome of a mail that ended in an error. */
export function failedOutcome(error: unknown, { dispatch, progress, hook }: Reading): Answered {
  const meaning = meaningOfRest(meaningWithHook(error, dispatch, hook), progress)
  const atSender = textIn(peek(error, 'command')) === 'MAIL FROM'
  // Pipelined recipients of a refused sender are refused too, with a 503 that says nothing of them.
  const refused = refusedRecipients(atSender ? [] : progress.refusals, { dispatch, hook })
  const rest = dispatch.envelope.to.filter((address) => !refused.has(address))
  const fault = progress.begun && meaning.fault?.kind === 'connection' ? undefined : meaning.fault
  return {
    type: 'answered',
    recipients: inOrder(dispatch, [...refused.values(), ...judged(rest, meaning)]),
    reply: meaning.reply,
    // A mail that makes the server hang up must use up its attempts. Where the server is really down, the next one to connect finds that out.
    ...(fault && { fault }),
    ...(meaning.errorCode && { errorCode: meaning.errorCode }),
  }
}

/** The outcome of a mail that the server took for at least one recipient; each that it refused has a reply of its own. */
export function acceptedOutcome(
  response: string,
  { dispatch, refusals, hook }: Omit<Reading, 'progress'> & Pick<Progress, 'refusals'>,
): Answered {
  const reply = parseReply(response)
  const { to } = dispatch.envelope
  if (refusals.length === 0)
    return { type: 'answered', recipients: everyRecipient(to, 'accepted', reply), reply }
  const refused = refusedRecipients(refusals, { dispatch, hook })
  const rest = to.filter((address) => !refused.has(address))
  const all = [...refused.values(), ...everyRecipient(rest, 'accepted', reply)]
  return { type: 'answered', recipients: inOrder(dispatch, all), reply }
}

/** `mayBegin` said no, or the work was called off before anything left. */
export function abortedOutcome(errorCode?: string): Aborted {
  return { type: 'aborted', ...(errorCode && { errorCode }) }
}

/** A send that resolved: accepted, but for recipients that it lists as refused; not accepted where it holds an error. */
function resolvedOutcome(read: Result, { dispatch, progress, hook }: Reading): Outcome {
  const place = read.serverMessageId ? { serverMessageId: read.serverMessageId } : {}
  const refusals = [...progress.refusals, ...read.refusals]
  if (!('failure' in read))
    return { ...acceptedOutcome(read.response, { dispatch, hook, refusals }), ...place }
  const whole = { ...progress, refusals, resolved: true }
  return { ...failedOutcome(read.failure, { dispatch, hook, progress: whole }), ...place }
}

const noOutcome = 'The transport gave no outcome'

// No intelligible reply after the body was handed over: the outcome is unknown, unless the user's hook tells it.
function meaningOfRest(
  meaning: Meaning & { overruled?: true },
  { handedOver, resolved = false }: Pick<Progress, 'handedOver' | 'resolved'>,
): Meaning {
  const mayHaveLeft = handedOver === 'guess' ? meaning.mayHaveLeft : handedOver
  if (!mayHaveLeft || isRefusal(meaning, resolved) || meaning.overruled) return meaning
  const { fault: _, proven: __, ...rest } = meaning
  return { ...rest, verdict: 'unknown', scope: 'unknown' }
}

// The words of an error that was thrown may be the client's; those in a result are the API's.
function isRefusal({ reply, answered, saidBy }: Meaning, resolved: boolean): boolean {
  return (answered && (reply.code ?? 0) >= 400) || saidBy === 'code' || (saidBy === 'text' && resolved)
}

function judged(addresses: readonly string[], meaning: Meaning): RecipientOutcome[] {
  const { verdict, scope, reply, retryAfter } = meaning
  // It is not said which of several recipients it is.
  const proven = meaning.proven === true && (scope !== 'recipient' || addresses.length === 1)
  return addresses.map((address) => ({
    address,
    verdict,
    scope,
    reply,
    ...(verdict === 'rejected' && { proven }),
    ...(retryAfter !== undefined && { retryAfter }),
  }))
}

function refusedRecipients(refusals: readonly unknown[], { dispatch, hook }: Omit<Reading, 'progress'>) {
  const refused = new Map<string, RecipientOutcome>()
  if (refusals.length === 0) return refused
  const find = addressOf(dispatch)
  for (const refusal of refusals) {
    const address = find(peek(refusal, 'recipient'))
    if (address === undefined) continue
    const [outcome] = judged([address], meaningWithHook(refusal, dispatch, hook))
    if (outcome) refused.set(address, outcome)
  }
  return refused
}

function inOrder({ envelope }: Dispatch, outcomes: readonly RecipientOutcome[]): readonly RecipientOutcome[] {
  if (outcomes.length < 2) return outcomes
  const byAddress = new Map(outcomes.map((outcome) => [outcome.address, outcome]))
  return envelope.to.flatMap((address) => byAddress.get(address) ?? [])
}
