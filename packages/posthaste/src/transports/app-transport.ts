import type { Outcome } from '../outcome.ts'
import type { ClassifyHook } from './outcome/classify-hook.ts'
import { abortedOutcome, outcomeOf } from './outcome/outcome-of.ts'
import type { Reading } from './outcome/reading.ts'
import type { Dispatch, Transport } from './transport.ts'
import { sendWithin } from './transporter-deadline.ts'

/** How long a transport of the app's may take over one mail. Milliseconds. */
const deadline = 720_000
/** How long it may take to say what came of a mail that was called off. Milliseconds. */
const lastWords = 1_500

/**
 * A transport of the app's as the worker may trust it: whatever it returns, throws or never settles becomes an outcome. It is the app's: a worker
 * that ends, a pass and the doctor do not close it, for others may use it.
 */
export function createAppTransport(
  name: string,
  transport: Transport,
  hook: ClassifyHook | undefined,
): Transport {
  const underway = new Set<Promise<Outcome>>()
  let closed = false
  return {
    name,
    maxConnections: transport.maxConnections,
    deliver: async (dispatch, signal) => {
      if (closed) return abortedOutcome('PH_CLOSED')
      const outcome = deliver(transport, dispatch, { signal, hook })
      underway.add(outcome)
      return outcome.finally(() => underway.delete(outcome))
    },
    verify: async () => await transport.verify(),
    close: async () => {
      closed = true
      await Promise.allSettled(underway)
    },
  }
}

async function deliver(
  transport: Transport,
  dispatch: Dispatch,
  { signal, hook }: { signal: AbortSignal; hook: ClassifyHook | undefined },
): Promise<Outcome> {
  if (signal.aborted) return abortedOutcome('EABORT')
  let [begun, refused] = [false, false]
  const mayBegin = async () => {
    begun = await dispatch.mayBegin()
    refused ||= !begun
    return begun
  }
  const waiting = { sendTimeout: deadline, begun: () => true, signal, lastWords }
  const came = await sendWithin(waiting, () => transport.deliver({ ...dispatch, mayBegin }, signal))
  const reading = { dispatch, hook, progress: { begun, handedOver: begun, refusals: [] } }
  const isCalledOff = () => signal.aborted || refused
  if ('info' in came) return orDeferred(outcomeOf({ returned: came.info }, reading), { isCalledOff, reading })
  if (signal.aborted && !begun) return abortedOutcome('EABORT')
  return outcomeOf({ thrown: came.error }, reading)
}

/** The shortest wait that a transport may ask for without saying anything of the mail. Milliseconds. */
const shortestWait = 1_000

/** A mail that was called off goes back as it came, to be claimed at once: where the worker did not call it off, that would never end. */
function orDeferred(
  outcome: Outcome,
  { isCalledOff, reading }: { isCalledOff: () => boolean; reading: Reading },
): Outcome {
  if (outcome.type !== 'aborted' || isCalledOff()) return outcome
  if ((outcome.retryAfter ?? 0) >= shortestWait) return outcome
  return outcomeOf({ thrown: new Error('The transport aborted a mail that was not to be aborted') }, reading)
}
