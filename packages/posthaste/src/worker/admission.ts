import { laneOrder } from '../routing/lanes.ts'
import type { RoutedOutlet } from '../routing/routed-outlet.ts'
import type { Asking, Routed } from '../routing/router.ts'
import type { Slots } from '../routing/slots.ts'
import type { Claim } from '../store/store.ts'
import type { WorkerContext } from './context.ts'
import { defer, startConversation } from './conversation.ts'
import type { InFlight } from './in-flight.ts'
import { type Returning, returnClaims } from './return-claims.ts'

/** How long claimed mail waits for the route function; after that all but one of a flow is returned. */
const routePatience = 250
/** How long a suspect waits for its turn alone. */
const suspectWait = 200

/** What a turn has claimed takes its slots and begins, or is returned. */
export async function admit(
  context: WorkerContext,
  claims: readonly Claim[],
  workerId: string,
): Promise<void> {
  const admitted = await limitSuspectsToOne(context, claims)
  const all = admitted.map((claim): InFlight => {
    const limiter = context.intakes.find((one) => one.serves(claim.stream))?.limiterOf(claim.stream)
    return { claim, workerId, limiter, slots: undefined, delivered: undefined }
  })
  for (const one of all) context.inFlight.add(one)
  if (context.routed) return admitRouted(context, all, context.routed)
  const returning: Returning[] = []
  for (const one of all) {
    const routed = context.route(one.claim)
    if (!('slots' in routed)) continue
    if (givesWay(context, one, routed.slots)) returning.push(suspectOf(context, one, routed.slots))
    else startConversation(context, one, routed.slots)
  }
  await returnClaims(context, returning)
}

/** It would meet what mail like it only meets, and enough of that is under way: other mail, which stands behind it, passes. */
function givesWay({ clock, inFlight }: WorkerContext, { claim }: InFlight, slots: Slots): boolean {
  const isSuspected = (one: Claim) => slots.suspicions.covers(one, clock.now())
  return isSuspected(claim) && inFlight.begunBy(slots).filter(isSuspected).length >= slots.suspectPlaces
}

function suspectOf({ clock }: WorkerContext, one: InFlight, slots: Slots): Returning {
  return { one, dueAt: slots.suspectComesBackAt(clock.now()) }
}

/**
 * Of the mails that workers died with, one at a time is sent: the one that kills is then told from those that only stood beside it,
 * and they do not fail together. The others go back as they came.
 */
async function limitSuspectsToOne(
  { store, clock, random, inFlight }: WorkerContext,
  claims: readonly Claim[],
): Promise<readonly Claim[]> {
  const suspects = claims.filter(({ rescues }) => rescues > 0)
  const waiting = inFlight.hasSuspect ? suspects : suspects.slice(1)
  if (waiting.length === 0) return claims
  await store.returnClaims(waiting, clock.now() + Math.round(suspectWait * (0.5 + random())))
  return claims.filter((claim) => !waiting.includes(claim))
}

async function admitRouted(
  context: WorkerContext,
  all: readonly InFlight[],
  outlet: RoutedOutlet,
): Promise<void> {
  const found = Map.groupBy(all, ({ claim }) => context.route(claim))
  const returning: Returning[] = []
  for (const [route, mails] of found)
    if ('routed' in route) void whenRouted(context, mails, { asking: route, outlet })
    else returning.push(...inOrder(mails, route).flatMap((one) => place(context, one, route)))
  const begun = all.length - returning.length
  outlet.claimed({ begun, returned: returning.length }, context.clock.now())
  await returnClaims(context, returning)
}

/** A batch comes in no order of its own: what begins is decided by lane and due time. */
function inOrder(mails: readonly InFlight[], routed: Routed): InFlight[] {
  const lanes = laneOrder(0, 'slots' in routed ? routed.slots.backoff.faults : 0)
  const placeOf = ({ claim }: InFlight) => lanes.indexOf(claim.lane)
  return [...mails].sort((a, b) => placeOf(a) - placeOf(b) || a.claim.dueAt - b.claim.dueAt)
}

/** It begins where its transport has room, else it is to be returned. */
function place({ clock, ...context }: WorkerContext, one: InFlight, routed: Routed): Returning[] {
  const now = clock.now()
  if (!('slots' in routed)) return [{ one, dueAt: routed.until }]
  if (!routed.slots.admits(one.claim.lane, now)) return [{ one, dueAt: routed.slots.comeBackAt(now) }]
  if (givesWay({ clock, ...context }, one, routed.slots))
    return [suspectOf({ clock, ...context }, one, routed.slots)]
  startConversation({ clock, ...context }, one, routed.slots)
  return []
}

/** Mail whose transport is being asked for. One mail of a flow waits to the end, so that it can be told what came of it. */
async function whenRouted(
  context: WorkerContext,
  mails: readonly InFlight[],
  { asking, outlet }: { asking: Asking; outlet: RoutedOutlet },
): Promise<void> {
  const [first, ...others] = mails
  const [stays, patient] = asking.isAwaited || !first ? [[], mails] : [[first], others]
  asking.isAwaited = true
  outlet.waiting += mails.length
  const left = Math.max(0, routePatience - (context.clock.monotonic() - asking.since))
  const routed = await within(asking.routed, context.clock.sleep(left))
  outlet.waiting -= mails.length
  if (routed) await placeAll(context, mails, routed)
  else {
    await returnClaims(
      context,
      patient.map((one) => ({ one, dueAt: asking.until })),
    )
    await placeAll(context, stays, await asking.routed)
  }
}

async function within<T>(work: Promise<T>, end: Promise<void>): Promise<T | undefined> {
  return Promise.race([work, end.then(() => undefined)])
}

/** Mail that was there when no transport could be named is told so; what comes later waits for the next answer. */
async function placeAll(context: WorkerContext, mails: readonly InFlight[], routed: Routed): Promise<void> {
  if ('slots' in routed)
    await returnClaims(
      context,
      inOrder(mails, routed).flatMap((one) => place(context, one, routed)),
    )
  else await Promise.all(mails.map((one) => defer(context, one, routed)))
  context.wakeup.call()
}
