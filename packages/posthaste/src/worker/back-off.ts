import type { FaultKind, TransportFault } from '../outcome.ts'
import type { Slots } from '../routing/slots.ts'
import type { WorkerContext } from './context.ts'

/** A host that suspends an account begins its suspension anew at each attempt: hours. Milliseconds. */
const longestBackoff: Partial<Record<FaultKind, number>> = { account: 4 * 3_600_000 }

/** Where it may be the fault of the mails that met it, others should soon be tried. Milliseconds. */
const firstOfSuspected = 1_000

/** The transport backs off: for every worker, or for this one where the trouble is its machine's. Gives the milliseconds. */
export function backOff(
  { clock, random, events, store, lease }: WorkerContext,
  { transport: { name }, backoff, suspicions }: Slots,
  { kind, message: reason, retryAfter: atLeast }: TransportFault,
): number {
  const now = clock.now()
  const wasActive = backoff.isActive(now)
  const first = suspicions.confirmedSince !== undefined ? firstOfSuspected : undefined
  const wait = backoff.start(now, { random: random(), first, atLeast, atMost: longestBackoff[kind] })
  if (wasActive) return wait
  const until = now + wait
  events.emit('backoff', { name, until: new Date(until), reason })
  if (kind === 'worker') {
    lease.ownFaults.note(name, { reason, until })
    return wait
  }
  store
    .backOffTransport(name, { until, reason, now })
    .then(() => backoff.markPersisted())
    .catch((error: unknown) => events.emit('error', error))
  return wait
}

/** A conversation came through: the transport's back-off is over, for every worker. */
export function endBackoff({ store, events, lease }: WorkerContext, { backoff, transport }: Slots): void {
  lease.ownFaults.clear(transport.name)
  if (backoff.end())
    store.resumeTransport(transport.name).catch((error: unknown) => events.emit('error', error))
}
