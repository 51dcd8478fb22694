import { setImmediate } from 'node:timers/promises'
import type { Claim, ClaimRequest, SettleVerdict } from '../store/store.ts'
import { admit } from './admission.ts'
import type { WorkerContext } from './context.ts'
import { emitSettled, emitUnreadable, type InFlight, settlingOf } from './in-flight.ts'
import { answerRefusals } from './refusals.ts'
import { mayHelp, settleApart } from './settle-apart.ts'

export type Turned = 'idle' | 'busy'

/** How long outcomes may wait for others, where slots need no mail yet. Milliseconds. */
const gatherFor = 5
/** When a mail that the database will not settle is tried again. Milliseconds. */
const refusedAgainAfter = 10_000

/** One turn of the worker: settle what is done, claim for the slots that are free, send what was claimed. */
export async function turn(context: WorkerContext, { claiming }: { claiming: boolean }): Promise<Turned> {
  await context.reconciler.run()
  await gather(context)
  const workerId = context.lease.id
  const done = context.inFlight.takeDone()
  const claim = claiming && context.lease.isSafe ? requests(context, done) : []
  if (done.length === 0 && claim.length === 0) {
    await answerRefusals(context)
    return 'idle'
  }
  const { verdicts, claims, unreadable } = await settleAndClaim(context, done, { workerId, claim })
  for (const [one, verdict] of verdicts) settled(context, one, verdict)
  await answerRefusals(context)
  await admit(context, context.reconciler.withoutKnown(claims), workerId)
  const passesOver = context.intakes.some((one) => one.passesOver)
  const isBusy = done.length > 0 || claims.length > 0 || unreadable.length > 0 || passesOver
  return isBusy ? 'busy' : 'idle'
}

/** Outcomes come socket by socket: one pass of the event loop gathers them for one commit, and while there is mail for the slots, a few more do. */
async function gather({ transports, clock, wakeup }: WorkerContext): Promise<void> {
  await setImmediate()
  const end = clock.monotonic() + gatherFor
  while (transports.all.some(({ isStocked }) => isStocked) && clock.monotonic() < end)
    await wakeup.wait(clock, gatherFor)
}

function requests(
  { intakes, budget, clock, inFlight }: WorkerContext,
  done: readonly InFlight[],
): ClaimRequest[] {
  const now = clock.now()
  let left = budget.leftAfter(done)
  if (Number.isFinite(left)) left -= inFlight.waiting
  return intakes.flatMap((one) => {
    const wanted = one.requests(now, left)
    left -= wanted.reduce((sum, { limit }) => sum + limit, 0)
    return wanted
  })
}

interface Claimed {
  readonly verdicts: ReadonlyMap<InFlight, SettleVerdict>
  readonly claims: readonly Claim[]
  readonly unreadable: readonly Claim[]
}

async function settleAndClaim(
  context: WorkerContext,
  done: readonly InFlight[],
  { workerId, claim }: { workerId: string; claim: readonly ClaimRequest[] },
): Promise<Claimed> {
  const { store, clock, transports, intakes, inFlight, ids } = context
  const began = clock.monotonic()
  try {
    const settle = done.flatMap(settlingOf)
    const turned = await store.turn({ workerId, now: clock.now(), settle, claim, ids })
    for (const { pace } of transports.all) pace.turned(clock.monotonic() - began)
    for (const one of intakes) one.claimed(turned.claims, clock.now())
    const verdicts = done.map((one, index) => [one, turned.verdicts[index] ?? 'stale'] as const)
    for (const one of turned.unreadable) emitUnreadable(context.events, one)
    return { verdicts: new Map(verdicts), claims: turned.claims, unreadable: turned.unreadable }
  } catch (error) {
    if (mayHelp(error, done))
      return { verdicts: await settleInParts(context, done, error), claims: [], unreadable: [] }
    inFlight.putBack(done)
    throw error
  }
}

/** What is left is tried again: with the next turn, or later where it is the mail's own fault. Claims that the failed turn has made are given back. */
async function settleInParts(
  context: WorkerContext,
  done: readonly InFlight[],
  error: unknown,
): Promise<Map<InFlight, SettleVerdict>> {
  const { store, clock, inFlight, events, lease, reconciler } = context
  reconciler.request()
  const { verdicts, refused, failed } = await settleApart(done, async (settle) => {
    const turned = await store.turn({ workerId: lease.id, now: clock.now(), settle, claim: [] })
    return turned.verdicts
  })
  const aside = failed ? [] : refused
  inFlight.putBack(done.filter((one) => !verdicts.has(one) && !aside.includes(one)))
  if (aside.length > 0) void putBackLater(context, aside)
  if (failed && verdicts.size === 0) throw failed.error
  events.emit('error', error)
  return verdicts
}

async function putBackLater(
  { clock, inFlight, wakeup, abort }: WorkerContext,
  aside: InFlight[],
): Promise<void> {
  inFlight.setAside(aside)
  await clock.sleep(refusedAgainAfter, abort)
  inFlight.putBack(aside)
  wakeup.call()
}

function settled(
  { inFlight, budget, lease, reconciler, events }: WorkerContext,
  one: InFlight,
  verdict: SettleVerdict,
): void {
  inFlight.finish(one)
  budget.count(one, verdict)
  if (verdict === 'settled') {
    lease.delivered++
    reconciler.remember(one)
  } else reconciler.request()
  emitSettled(events, one, verdict)
}
