import { cleanText, entriesOf, numberIn, peek, textIn } from '../../foreign.ts'
import type {
  Circumstances,
  FaultKind,
  Outcome,
  RecipientOutcome,
  Reply,
  Scope,
  TransportFault,
  Verdict,
} from '../../outcome.ts'
import { addressOf, type Reading } from './reading.ts'

/** Reads a value that has the shape of an {@link Outcome}, as a transport of the app's returns it; undefined where it has not. */
export function givenOutcome(value: unknown, reading: Reading): Outcome | undefined {
  const type = peek(value, 'type')
  const fault = faultIn(peek(value, 'fault'))
  const circumstances = circumstancesIn(value)
  if (type === 'aborted' || peek(value, 'aborted') === true) return abortedOrDoubtful(value, reading)
  if (type === 'fault' && fault && reading.progress.handedOver === false)
    return { type: 'fault', fault, ...circumstances }
  if (!isList(peek(value, 'recipients'))) return undefined
  const answers = answersIn(value, reading)
  if (answers.size === 0 && fault && reading.progress.handedOver === false)
    return { type: 'fault', fault, ...circumstances }
  return {
    type: 'answered',
    recipients: reading.dispatch.envelope.to.map(
      (address) => answers.get(address) ?? unsaid(address, reading),
    ),
    ...(fault && { fault }),
    ...circumstances,
  }
}

/** Called off, as it says; but where the body was handed over that is no answer. */
function abortedOrDoubtful(value: unknown, { progress, dispatch }: Reading): Outcome {
  const retryAfter = waitIn(value)
  if (progress.handedOver === false)
    return { type: 'aborted', ...(retryAfter !== undefined && { retryAfter }), ...circumstancesIn(value) }
  const reply = { text: 'The transport called it off after it was told to begin' }
  const recipients = dispatch.envelope.to.map(
    (address) => ({ address, verdict: 'unknown', scope: 'unknown', reply }) as const,
  )
  return { type: 'answered', recipients, reply }
}

function answersIn(value: unknown, { dispatch }: Reading): Map<string, RecipientOutcome> {
  const find = addressOf(dispatch)
  const entries = entriesOf(peek(value, 'recipients'), 2 * dispatch.envelope.to.length + 100)
  const answers = entries.flatMap((entry) => {
    const [address, verdict] = [find(peek(entry, 'address')), peek(entry, 'verdict')]
    if (address === undefined || !isOneOf(verdicts, verdict)) return []
    return [[address, { address, verdict, ...detailsOf(entry, verdict) }] as const]
  })
  return new Map(answers)
}

function detailsOf(entry: unknown, verdict: Verdict): Partial<RecipientOutcome> {
  const [scope, reply, retryAfter] = [peek(entry, 'scope'), replyIn(peek(entry, 'reply')), waitIn(entry)]
  return {
    ...(reply && { reply }),
    ...(verdict !== 'accepted' && { scope: isOneOf(scopes, scope) ? scope : 'unknown' }),
    // A transport of the app's that refuses has its reasons; false is for one that says so.
    ...(verdict === 'rejected' && { proven: peek(entry, 'proven') !== false }),
    ...(retryAfter !== undefined && { retryAfter }),
  }
}

/** A recipient of which the transport says nothing: what may have left is in doubt. */
function unsaid(address: string, { progress }: Reading): RecipientOutcome {
  const reply = { text: 'The transport said nothing of this recipient' }
  return { address, verdict: progress.handedOver === false ? 'deferred' : 'unknown', scope: 'unknown', reply }
}

function faultIn(value: unknown): TransportFault | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const [kind, scope, reply] = [peek(value, 'kind'), peek(value, 'scope'), replyIn(peek(value, 'reply'))]
  const retryAfter = waitIn(value)
  return {
    kind: isOneOf(kinds, kind) ? kind : 'connection',
    scope: isOneOf(scopes, scope) ? scope : 'transport',
    message: textIn(peek(value, 'message')) ?? reply?.text ?? 'The transport gave no reason',
    ...(reply && { reply }),
    ...(retryAfter !== undefined && { retryAfter }),
  }
}

function circumstancesIn(value: unknown): Circumstances {
  const reply = replyIn(peek(value, 'reply'))
  const texts = ['errorCode', 'remote', 'tls', 'serverMessageId'] as const
  const found = texts.map((key) => [key, textIn(peek(value, key), 255)] as const)
  return { ...(reply && { reply }), ...Object.fromEntries(found.filter(([, text]) => text !== undefined)) }
}

function replyIn(value: unknown): Reply | undefined {
  if (typeof value === 'string') return { text: cleanText(value) }
  if (typeof value !== 'object' || value === null) return undefined
  const code = numberIn(peek(value, 'code'))
  const enhanced = textIn(peek(value, 'enhanced'), 12)
  const known = code !== undefined && Number.isInteger(code) && code >= 100 && code < 1_000
  return { ...(known && { code }), ...(enhanced && { enhanced }), text: textIn(peek(value, 'text')) ?? '' }
}

function waitIn(value: unknown): number | undefined {
  const wait = numberIn(peek(value, 'retryAfter'))
  return wait === undefined ? undefined : Math.min(86_400_000, Math.max(0, Math.round(wait)))
}

function isList(value: unknown): boolean {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

function isOneOf<T extends string>(names: ReadonlySet<T>, value: unknown): value is T {
  return names.has(value as T)
}

const verdicts = new Set<Verdict>(['accepted', 'deferred', 'rejected', 'unknown'])
const scopes = new Set<Scope>(['recipient', 'mail', 'sender', 'transport', 'unknown'])
const kinds = new Set<FaultKind>([
  'connection',
  'authentication',
  'tls',
  'throttled',
  'account',
  'configuration',
  'worker',
])
