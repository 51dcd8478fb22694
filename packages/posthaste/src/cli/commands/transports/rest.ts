import type { Command } from 'commander'
import { duration } from '../../arguments.ts'
import { checkTransport } from '../../check-names.ts'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

const hour = 3_600_000

export function rest(parent: Command): void {
  verb(parent, 'rest', {
    does: 'Send nothing through a transport for a while',
    examples: ["posthaste transports rest main --for 30m --reason 'maintenance at the provider'"],
  })
    .argument('<name>', 'the transport')
    .option('--for <duration>', 'how long (default: 1h)', duration)
    .option('--reason <text>', 'why', 'by hand')
    .action(
      usingQueue<{ for?: number; reason: string }>(async ({ inside, out, options, args: [name = ''] }) => {
        checkTransport(inside, name)
        const { store } = await inside.connection.ready()
        const now = inside.clock.now()
        const until = now + (options.for ?? hour)
        await store.restTransport(name, { until, reason: options.reason, now })
        const at = new Date(until).toISOString()
        out.result({ name, restUntil: at }, `${name} rests until ${at}`)
      }),
    )
}
