import type { QueueConfig } from '../config/queue-config.ts'
import { everyRecipient } from '../outcome.ts'
import type { Transport } from '../transports/transport.ts'

/** A transport that asks, mail by mail, which transport to use. Its slots are its own, so that one tenant's sick server leaves other streams alone. */
export function createChooser(
  choose: NonNullable<QueueConfig['transport']>,
  transportOf: (name: string) => Transport,
): Transport {
  return {
    name: 'chosen',
    maxConnections: 20,
    async deliver(dispatch, signal) {
      const refused = (error: unknown) => ({
        recipients: everyRecipient(dispatch.envelope.to, 'deferred', {
          text: `the transport could not be chosen: ${error instanceof Error ? error.message : error}`,
        }),
      })
      try {
        const name = await choose({
          stream: dispatch.stream,
          tenant: dispatch.tenant,
          mail: await dispatch.message(),
        })
        return await transportOf(name).deliver(dispatch, signal)
      } catch (error) {
        return refused(error)
      }
    },
    verify: async () => {},
    close: async () => {},
  }
}
