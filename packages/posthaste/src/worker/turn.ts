import { setImmediate } from 'node:timers/promises'
import type { Claim, ClaimRequest, SettleVerdict } from '../store/store.ts'
import { admit } from './admission.ts'
import type { WorkerContext } from './context.ts'
import { emitSettled, type InFlight, settlingOf } from './in-flight.ts'

export type Turned = 'idle' | 'busy'

/** How long outcomes may wait for others, where slots need no mail yet. Milliseconds. */
const gatherFor = 5

/** One turn of the worker: settle what is done, claim for the slots that are free, send what was claimed. */
export async function turn(context: WorkerContext, { claiming }: { claiming: boolean }): Promise<Turned> {
  await gather(context)
  const workerId = context.lease.id
  const done = context.inFlight.takeDone()
  const claim = claiming && context.lease.isSafe ? requests(context, done) : []
  if (done.length === 0 && claim.length === 0) return 'idle'
  const { verdicts, claims } = await settleAndClaim(context, done, { workerId, claim })
  done.forEach((one, index) => {
    settled(context, one, verdicts[index] ?? 'stale')
  })
  await admit(context, claims, workerId)
  const passesOver = context.intakes.some((one) => one.passesOver)
  return done.length > 0 || claims.length > 0 || passesOver ? 'busy' : 'idle'
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

async function settleAndClaim(
  context: WorkerContext,
  done: readonly InFlight[],
  { workerId, claim }: { workerId: string; claim: readonly ClaimRequest[] },
): Promise<{ verdicts: SettleVerdict[]; claims: Claim[] }> {
  const { store, clock, transports, intakes, inFlight, ids } = context
  const began = clock.monotonic()
  try {
    const settle = done.flatMap(settlingOf)
    const turned = await store.turn({ workerId, now: clock.now(), settle, claim, ids })
    for (const { pace } of transports.all) pace.turned(clock.monotonic() - began)
    for (const one of intakes) one.claimed(turned.claims, clock.now())
    return turned
  } catch (error) {
    inFlight.putBack(done)
    throw error
  }
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
  }
  emitSettled(events, one, verdict)
}
