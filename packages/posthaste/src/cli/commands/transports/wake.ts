import type { Command } from 'commander'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

export function wake(parent: Command): void {
  verb(parent, 'wake', {
    does: 'End the rest of a transport, or of all',
    examples: ['posthaste transports wake', 'posthaste transports wake main'],
  })
    .argument('[name]', 'the transport (default: all)')
    .action(
      usingQueue(async ({ inside, out, args: [name] }) => {
        const { store } = await inside.connection.ready()
        const woken = await store.wakeTransport(name)
        out.result({ woken }, woken > 0 ? `${woken} woken` : 'none was resting')
      }),
    )
}
