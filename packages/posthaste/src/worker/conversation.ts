import type { StreamSettings } from '../config/settings.ts'
import { answersOf, faultOf } from '../outcome.ts'
import { originOf } from '../refusal.ts'
import type { Unroutable } from '../routing/router.ts'
import type { Slots } from '../routing/slots.ts'
import { backOff, endBackoff } from './back-off.ts'
import { heldByBrake } from './brakes.ts'
import type { WorkerContext } from './context.ts'
import { type Delivered, deferUnroutable, deliver, type GivenBack, isOld } from './deliver.ts'
import type { InFlight } from './in-flight.ts'
import { judgeRefusals } from './refusals.ts'
import { returnClaims } from './return-claims.ts'
import { uncountedMs } from './uncounted.ts'

/** Delay before a mail whose delivery code threw is retried. */
const afterError = 5_000

/** A mail takes its slot and goes out; its outcome waits for the next turn. */
export function startConversation(context: WorkerContext, one: InFlight, slots: Slots): void {
  const stream = context.streams.get(one.claim.stream)
  if (!stream) return
  context.inFlight.takeSlot(one, slots, context.clock.now())
  context.budget.countBegun()
  void send(context, { one, slots, stream })
}

/** No transport was found for it. */
export async function defer(
  context: WorkerContext,
  one: InFlight,
  { reason, until }: Unroutable,
): Promise<void> {
  const stream = context.streams.get(one.claim.stream)
  if (!stream) return
  const { clock, random, lease } = context
  const about = { clock, random, stream, worker: lease.name }
  const uncounted = isOld(one.claim, about) ? await uncountedMs(context, one.claim) : 0
  const why = { reason, wait: until - clock.now(), uncountedMs: uncounted }
  context.inFlight.deliver(one, deferUnroutable(one.claim, why, about))
}

interface Sending {
  readonly one: InFlight
  readonly slots: Slots
  readonly stream: StreamSettings
}

async function send(context: WorkerContext, sending: Sending): Promise<void> {
  const { one } = sending
  try {
    const delivered = await deliverInSlot(context, sending)
    if ('settlement' in delivered) {
      noteAnswers(context, sending, delivered)
      context.inFlight.deliver(one, delivered)
    } else await giveBack(context, one, delivered.wait)
  } catch (error) {
    context.events.emit('error', error)
    await giveBack(context, one, afterError)
  }
  context.wakeup.call()
}

/** Claimed ahead, it waits for a conversation to end; meanwhile the transport may have begun to back off. */
async function deliverInSlot(
  context: WorkerContext,
  { one: { claim, workerId }, slots, stream }: Sending,
): Promise<Delivered | GivenBack> {
  const { clock, random, store, lease } = context
  await slots.enter(claim.lane)
  try {
    const wait = slots.backoff.until - clock.now()
    if (wait > 0) return { wait }
    const held = await heldByBrake(context, { slots, claim })
    if (held !== undefined) return { wait: held }
    const began = clock.monotonic()
    const delivered = await deliver(claim, slots.transport, {
      ...{ clock, random, store, stream },
      worker: lease.name,
      isSafe: () => lease.isSafeFor(workerId),
      confirms: (fault) => slots.suspicions.confirms(fault, claim, clock.now()),
      backOff: (fault) => backOff(context, slots, fault),
      judge: (outcome) => judgeRefusals(context, { slots, claim }, outcome),
      uncountedMs: () => uncountedMs(context, claim, slots.transport.name),
      signal: context.abort,
    })
    slots.pace.delivered(clock.monotonic() - began)
    return delivered
  } finally {
    slots.leave()
  }
}

function giveBack(context: WorkerContext, one: InFlight, wait: number): Promise<void> {
  const dueAt = wait > 0 ? context.clock.now() + wait : one.claim.dueAt
  return returnClaims(context, [{ one, dueAt }])
}

/** No answer is no sign that the transport is well again; and of one that is braked, only an acceptance is. */
function noteAnswers(
  context: WorkerContext,
  { one: { claim }, slots }: Sending,
  { outcome, startedAt }: Delivered,
): void {
  const verdicts = answersOf(outcome).map(({ verdict }) => verdict)
  if (verdicts.includes('accepted')) {
    slots.suspicions.clear({ now: context.clock.now(), endsBackoff: slots.backoff.isHalfOpen })
    slots.refusals.accept(originOf(claim), startedAt)
  }
  const cameThrough = !faultOf(outcome) && verdicts.some((verdict) => verdict !== 'unknown')
  if (cameThrough && !slots.refusals.isBraked) endBackoff(context, slots)
}
