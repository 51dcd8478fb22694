import type { Clock } from '../clock.ts'
import type { QueueConfig } from '../config/queue-config.ts'
import { isError } from '../is-error.ts'
import { everyRecipient, type Outcome } from '../outcome.ts'
import type { Dispatch, Transport } from '../transports/transport.ts'

export interface Choosing {
  readonly choose: NonNullable<QueueConfig['transport']>
  readonly transportOf: (name: string) => Transport
  readonly clock: Clock
}

interface Rest {
  readonly until: number
  readonly faults: number
}

/** Asks, mail by mail, which transport to use. Each that has trouble rests by itself, so that one tenant's server stops nobody else's mail. */
export function createChooser({ choose, transportOf, clock }: Choosing): Transport {
  const rests = new Map<string, Rest>()
  const used = new Set<Transport>()
  return {
    name: 'chosen',
    maxConnections: 20,
    async deliver(dispatch, signal) {
      const transport = await chosen(dispatch, { choose, transportOf, clock })
      if ('recipients' in transport) return transport
      used.add(transport)
      const wait = (rests.get(transport.name)?.until ?? 0) - clock.now()
      if (wait > 0) return { recipients: [], aborted: true, restFor: wait }
      return noted(transport.name, await transport.deliver(dispatch, signal), { rests, clock })
    },
    verify: async () => {},
    close: async () => void (await Promise.all([...used].map((transport) => transport.close()))),
  }
}

async function chosen(dispatch: Dispatch, { choose, transportOf }: Choosing): Promise<Transport | Outcome> {
  try {
    return transportOf(
      await choose({ stream: dispatch.stream, tenant: dispatch.tenant, mail: await dispatch.message() }),
    )
  } catch (error) {
    const text = `no transport could be chosen: ${isError(error) ? error.message : error}`
    return { recipients: everyRecipient(dispatch.envelope.to, 'deferred', { text }) }
  }
}

function noted(
  name: string,
  outcome: Outcome,
  { rests, clock }: { rests: Map<string, Rest>; clock: Clock },
): Outcome {
  if (!outcome.fault) {
    rests.delete(name)
    return outcome
  }
  const faults = (rests.get(name)?.faults ?? 0) + 1
  const restFor = Math.min(300_000, 2_000 * 2 ** faults)
  rests.set(name, { until: clock.now() + restFor, faults })
  return { ...outcome, fault: { ...outcome.fault, restFor } }
}
