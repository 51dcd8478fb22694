import type { Command } from 'commander'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

export function remove(parent: Command): void {
  verb(parent, 'remove', {
    does: 'Take an entry away',
    examples: ['posthaste suppress remove ada@example.com'],
  })
    .argument('<address>', 'an address or @domain')
    .option('--stream <name>', 'the entry for this stream (default: that for every stream)')
    .action(
      usingQueue<{ stream?: string }>(async ({ queue, out, options: { stream }, args: [address = ''] }) => {
        const removed = await queue.suppressions.remove(address, stream === undefined ? {} : { stream })
        out.result({ removed }, removed ? `${address} may be mailed again` : `${address} was not on the list`)
      }),
    )
}
