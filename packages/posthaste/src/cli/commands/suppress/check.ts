import type { Command } from 'commander'
import { suppressionAsJson } from '../../../http/as-json.ts'
import { suppressionTable } from '../../suppression-table.ts'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

export function check(parent: Command): void {
  verb(parent, 'check', {
    does: 'Tell whether an address may be mailed, and what stops it',
    examples: ['posthaste suppress check ada@example.com --stream newsletter'],
  })
    .argument('<address>', 'the address')
    .option('--stream <name>', 'by mail of this stream')
    .action(
      usingQueue<{ stream?: string }>(async ({ queue, out, options: { stream }, args: [address = ''] }) => {
        const found = await queue.suppressions.check(address, stream === undefined ? {} : { stream })
        out.result({ suppressed: found.length > 0, entries: found.map(suppressionAsJson) }, () =>
          found.length > 0 ? suppressionTable(out, found) : `${address} may be mailed`,
        )
      }),
    )
}
