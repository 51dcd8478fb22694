import type { Command } from 'commander'
import { transportAsJson } from '../../../http/as-json.ts'
import type { QueueParts } from '../../../queue/operator.ts'
import type { TransportRow } from '../../../store/store.ts'
import { transportTable } from '../../transport-table.ts'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

export function list(parent: Command): void {
  verb(parent, 'list', { does: 'List the transports', examples: ['posthaste transports list'] }).action(
    usingQueue(async ({ inside, out }) => {
      const all = await read(inside)
      out.result({ items: all.map(transportAsJson) }, () => transportTable(out, all, inside.clock.now()))
    }),
  )
}

async function read({ settings, connection }: QueueParts): Promise<TransportRow[]> {
  const { store } = await connection.ready()
  const known = new Map((await store.restingTransports()).map((row) => [row.name, row]))
  const names = new Set([...Object.keys(settings().transports), ...known.keys()])
  return [...names].map(
    (name) => known.get(name) ?? { name, restUntil: null, reason: null, since: null, faults: 0 },
  )
}
