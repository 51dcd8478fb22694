import { type Brake, waitForCanary } from '../brake.ts'
import { originOf } from '../refusal.ts'
import type { Slots } from '../routing/slots.ts'
import type { Claim } from '../store/store.ts'
import type { WorkerContext } from './context.ts'

/** How long a canary may take before another is sent. Milliseconds. */
const canaryLease = 60_000
/**
 * When mail that a brake keeps back is looked at again, for the brake may be ended by hand: soon while a canary is under way. Of a whole
 * transport little was claimed; of a tenant all that is due comes back each time.
 */
const look = { soon: 1_000, transport: 30_000, scoped: 300_000 }

export interface Braking {
  readonly slots: Slots
  readonly claim: Claim
}

/** Milliseconds for which a brake keeps this mail back; undefined where it may go, as a canary where something is braked. */
export async function heldByBrake(
  { store, clock }: WorkerContext,
  { slots, claim }: Braking,
): Promise<number | undefined> {
  if (slots.refusals.brakes.length === 0) return undefined
  for (const brake of slots.refusals.holding(originOf(claim))) {
    const now = clock.now()
    if (brake.canaryAt > now) return Math.min(latest(brake), brake.canaryAt - now)
    const until = now + canaryLease
    if (!(await store.refusals.takeCanary(brake, { now, until }))) return look.soon
  }
  return undefined
}

/** Begins a brake, for every worker. Gives the one that is on. */
export async function beginBrake(
  context: WorkerContext,
  slots: Slots,
  asked: Pick<Brake, 'scope' | 'value' | 'reply'>,
): Promise<Brake> {
  const { store, clock, random, events } = context
  const since = clock.now()
  const canaryAt = since + waitForCanary({ since }, since, random())
  const brake = { ...asked, transport: slots.transport.name, since, canaryAt, endedAt: null, earlierMs: 0 }
  slots.refusals.put(brake)
  keepBack(slots, brake)
  if (!(await store.refusals.brake(brake))) return brake
  const { scope, value, reply } = asked
  events.emit('brake', { transport: brake.transport, scope, value, reply, until: new Date(canaryAt) })
  await shareBackoff(context, brake)
  return brake
}

/** Its canary was not accepted: the next goes later. Gives the milliseconds for which mail that the brakes hold is kept back. */
export async function moveCanary(
  context: WorkerContext,
  slots: Slots,
  brakes: readonly Brake[],
): Promise<number> {
  const { clock, random } = context
  const now = clock.now()
  const moved = brakes.map((brake) =>
    brake.canaryAt > now ? brake : { ...brake, canaryAt: now + waitForCanary(brake, now, random()) },
  )
  for (const brake of moved.filter((one) => !brakes.includes(one))) await moveOne(context, slots, brake)
  return Math.max(...moved.map((brake) => Math.min(latest(brake), brake.canaryAt - now)))
}

/** Nothing was said of it: another mail may be the canary at once, or when the fault is over. */
export async function giveCanaryBack(
  { store, clock }: WorkerContext,
  { slots, claim }: Braking,
): Promise<void> {
  if (slots.refusals.brakes.length === 0) return
  const now = clock.now()
  for (const brake of slots.refusals.holding(originOf(claim)))
    if (brake.canaryAt < now) await store.refusals.moveCanary(brake, now)
}

function latest({ scope }: Brake): number {
  return scope === 'transport' ? look.transport : look.scoped
}

async function moveOne(context: WorkerContext, slots: Slots, brake: Brake): Promise<void> {
  slots.refusals.put(brake)
  keepBack(slots, brake)
  await context.store.refusals.moveCanary(brake, brake.canaryAt)
  await shareBackoff(context, brake)
}

function keepBack({ backoff }: Slots, { scope, canaryAt, since }: Brake): void {
  if (scope === 'transport') backoff.applyShared({ until: canaryAt, faults: 1, since })
}

async function shareBackoff({ store, clock, events }: WorkerContext, brake: Brake): Promise<void> {
  const { transport: name, scope, canaryAt: until } = brake
  if (scope !== 'transport') return
  const reason = `everything is refused: ${brake.reply}`
  events.emit('backoff', { name, until: new Date(until), reason })
  await store.backOffTransport(name, { until, reason, now: clock.now() })
}
