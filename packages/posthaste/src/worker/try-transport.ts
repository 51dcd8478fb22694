import type { Clock } from '../clock.ts'
import { errorText } from '../foreign.ts'
import { answersOf, type Outcome } from '../outcome.ts'
import type { Claim, DeliveryStore } from '../store/store.ts'
import { outcomeOf } from '../transports/outcome/outcome-of.ts'
import type { Dispatch, Transport } from '../transports/transport.ts'
import { dispatchOf, type Noted } from './dispatching.ts'
import { withDate } from './late-date.ts'

export interface Trying {
  readonly store: DeliveryStore
  readonly clock: Clock
  readonly isSafe: () => boolean
  readonly signal: AbortSignal
}

/** How long a transport that was told to end may take to say what came of it. */
const lastWords = 2_000
/** When to look again at a mail whose content cannot be read now. */
const afterTransientError = 5_000

interface Progress extends Noted {
  /** The transport was told that the body may leave. */
  begun?: true
}

/** The transport's word for one mail, whatever the transport does: throws, hangs when it should end, or answers nonsense. */
export async function tryTransport(given: Claim, transport: Transport, way: Trying): Promise<Outcome> {
  const claim = await withDate(given, way)
  const noted: Progress = {}
  const mayBegin = () => startBody(claim, noted, way)
  const dispatch = dispatchOf(claim, { store: way.store, noted, mayBegin })
  const outcome = await answerOf(transport, dispatch, { ...way, noted })
  if (answersOf(outcome).some(({ verdict }) => verdict === 'accepted' || verdict === 'unknown'))
    return outcome
  if (noted.transientError !== undefined) return { type: 'aborted', retryAfter: afterTransientError }
  if (noted.unreadable === undefined) return outcome
  return { type: 'unsent', reason: 'unreadable', reply: { text: errorText(noted.unreadable) } }
}

async function startBody(
  { mailId, token, onUnknown }: Claim,
  noted: Progress,
  { isSafe, store, clock }: Trying,
): Promise<boolean> {
  if (!isSafe()) return false
  if (onUnknown === 'hold' && !(await isMarked(store.dispatch(mailId, token, clock.now()), noted)))
    return false
  noted.begun = true
  return true
}

async function isMarked(mark: Promise<boolean>, noted: Progress): Promise<boolean> {
  try {
    return await mark
  } catch (error) {
    noted.transientError ??= error
    return false
  }
}

async function answerOf(
  transport: Transport,
  dispatch: Dispatch,
  { noted, signal, clock }: Trying & { noted: Progress },
): Promise<Outcome> {
  const read = (error: unknown) => {
    // A body that was begun may have arrived.
    const begun = noted.begun === true
    return outcomeOf({ thrown: error }, { dispatch, progress: { begun, handedOver: begun, refusals: [] } })
  }
  try {
    const answer = await soonAfter(signal, clock, async () => transport.deliver(dispatch, signal))
    if (answer !== silent) return answer
    return noted.begun ? read(new Error(stopped)) : { type: 'aborted' }
  } catch (error) {
    return read(error)
  }
}

const silent = Symbol('silent')
const stopped = 'the worker stopped before the transport answered'

/** Waits for work as long as it takes, but not for long once the signal has aborted. */
function soonAfter<T>(signal: AbortSignal, clock: Clock, work: () => Promise<T>): Promise<T | typeof silent> {
  return new Promise((resolve, reject) => {
    const aborted = () => void clock.sleep(lastWords).then(() => resolve(silent))
    if (signal.aborted) aborted()
    else signal.addEventListener('abort', aborted, { once: true })
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', aborted))
  })
}
