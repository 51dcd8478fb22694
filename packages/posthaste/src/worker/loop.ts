import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { StreamSettings } from '../config/settings.ts'
import type { Events } from '../events.ts'
import type { Claim, ClaimRequest, Store } from '../store/store.ts'
import type { Budget } from './budget.ts'
import { deliver } from './deliver.ts'
import { isolateSuspects } from './isolate.ts'
import type { Lease } from './lease.ts'
import type { LostClaims } from './lost-claims.ts'
import type { Slots } from './slots.ts'
import { tell } from './tell.ts'
import { type Outbound, settlingOf, type Underway } from './underway.ts'
import type { Wakeup } from './wakeup.ts'

export interface Line {
  readonly store: Store
  readonly clock: Clock
  readonly random: () => number
  readonly events: Events
  readonly lease: Lease
  readonly slots: readonly Slots[]
  readonly streams: ReadonlyMap<string, StreamSettings>
  readonly wakeup: Wakeup
  readonly outbound: Outbound
  readonly budget: Budget
  readonly lost: LostClaims
  /** Ends conversations that outlast the time for a stop. */
  readonly abort: AbortSignal
  /** Only these mails. */
  readonly ids?: readonly string[] | undefined
}

/** A mail at which this worker itself fails is not looked at again at once. */
const troubled = 5_000

export type Turned = 'idle' | 'busy'

/** One turn of the worker: settle what is done, claim for the slots that are free, send what was claimed. */
export async function turn(line: Line, { claiming }: { claiming: boolean }): Promise<Turned> {
  await gather(line)
  const workerId = line.lease.id
  const done = line.outbound.takeDone()
  const claim = claiming && line.lease.isSafe ? requests(line, done) : []
  if (done.length === 0 && claim.length === 0) return 'idle'
  const { verdicts, claims } = await settleAndClaim(line, done, { workerId, claim })
  done.forEach((one, index) => {
    const verdict = verdicts[index] ?? 'stale'
    line.outbound.finish(one)
    line.budget.count(one, verdict)
    if (verdict === 'settled') {
      line.lease.delivered++
      line.lost.remember(one)
    }
    tell(line.events, one, verdict)
  })
  for (const one of await isolateSuspects(line, claims)) begin(line, one, workerId)
  const passesOver = line.slots.some((one) => one.passesOver)
  return done.length > 0 || claims.length > 0 || passesOver ? 'busy' : 'idle'
}

/** How long outcomes may wait for others, where slots need no mail yet. Milliseconds. */
const gatherFor = 5

/** Outcomes come socket by socket: one pass of the event loop gathers them for one commit, and while there is mail for the slots, a few more do. */
async function gather({ slots, clock, wakeup }: Line): Promise<void> {
  await setImmediate()
  const end = clock.monotonic() + gatherFor
  while (slots.some(({ isStocked }) => isStocked) && clock.monotonic() < end)
    await wakeup.wait(clock, gatherFor)
}

function requests({ slots, budget, clock }: Line, done: readonly Underway[]): ClaimRequest[] {
  const now = clock.now()
  let left = budget.leftAfter(done)
  return slots.flatMap((one) => {
    const wanted = one.requests(now, left)
    left -= wanted.reduce((sum, { limit }) => sum + limit, 0)
    return wanted
  })
}

async function settleAndClaim(
  line: Line,
  done: readonly Underway[],
  { workerId, claim }: { workerId: string; claim: readonly ClaimRequest[] },
) {
  const began = line.clock.monotonic()
  try {
    const turned = await line.store.turn({
      workerId,
      now: line.clock.now(),
      settle: done.flatMap(settlingOf),
      claim,
      ids: line.ids,
    })
    for (const one of line.slots) {
      one.pace.turned(line.clock.monotonic() - began)
      one.claimed(turned.claims, line.clock.now())
    }
    return turned
  } catch (error) {
    line.outbound.putBack(done)
    throw error
  }
}

function begin(line: Line, claim: Claim, workerId: string): void {
  const slots = line.slots.find(({ streams }) => streams.includes(claim.stream))
  const stream = line.streams.get(claim.stream)
  if (!slots || !stream) return
  const one: Underway = { claim, slots, workerId, claimedAt: line.clock.now(), delivered: undefined }
  line.outbound.begin(one)
  line.budget.begin()
  void send(line, one, stream)
}

async function send(line: Line, one: Underway, stream: StreamSettings): Promise<void> {
  const { slots } = one
  try {
    const delivered = await speak(line, one, stream)
    if ('settlement' in delivered) {
      if (!delivered.outcome.fault && delivered.outcome.recipients.length > 0) recover(line, slots)
      line.outbound.deliver(one, delivered)
    } else await giveBack(line, one, delivered.restFor)
  } catch (error) {
    line.events.tell('error', error)
    await giveBack(line, one, troubled)
  }
  line.wakeup.call()
}

/** Claimed ahead, it waits for a slot; meanwhile the transport may have gone to rest. */
async function speak(line: Line, { claim, slots, workerId }: Underway, stream: StreamSettings) {
  await slots.enter(claim.lane)
  try {
    const restFor = slots.restUntil - line.clock.now()
    if (restFor > 0) return { restFor }
    const began = line.clock.monotonic()
    const delivered = await deliver(claim, slots.transport, {
      ...line,
      stream,
      worker: line.lease.name,
      isSafe: () => line.lease.isSafeFor(workerId),
      rest: (reason) => rest(line, slots, reason),
      signal: line.abort,
    })
    slots.pace.delivered(line.clock.monotonic() - began)
    return delivered
  } finally {
    slots.leave()
  }
}

/** Nothing left: the claim returns as if it had never been made, if it is still ours. */
async function giveBack(line: Line, one: Underway, restFor: number): Promise<void> {
  const dueAt = restFor > 0 ? line.clock.now() + restFor : one.claim.dueAt
  await line.store.release([one.claim], dueAt).catch((error: unknown) => {
    line.lost.suspect()
    line.events.tell('error', error)
  })
  line.outbound.giveUp(one)
}

function rest(line: Line, slots: Slots, reason: string): number {
  const now = line.clock.now()
  const resting = now < slots.restUntil
  const wait = slots.rest(now, line.random())
  if (resting) return wait
  const until = now + wait
  line.events.tell('rest', { name: slots.transport.name, until: new Date(until), reason })
  line.store
    .restTransport(slots.transport.name, { until, reason, now })
    .then(() => slots.restIsKnown())
    .catch((error: unknown) => line.events.tell('error', error))
  return wait
}

/** A conversation came through: the transport's troubles are over, for every worker. */
function recover({ store, events }: Line, slots: Slots): void {
  if (slots.recover())
    store.wakeTransport(slots.transport.name).catch((error: unknown) => events.tell('error', error))
}
