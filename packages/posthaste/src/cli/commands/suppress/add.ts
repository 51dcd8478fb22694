import type { Command } from 'commander'
import { duration } from '../../arguments.ts'
import { checkStream } from '../../check-names.ts'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

interface AddOptions {
  readonly reason: string
  readonly note?: string
  readonly stream?: string
  readonly expiresIn?: number
}

export function add(parent: Command): void {
  verb(parent, 'add', {
    does: 'Stop mail to these addresses, mail that is queued already included',
    examples: [
      'posthaste suppress add ada@example.com --reason complained',
      'posthaste suppress add @example.org',
    ],
  })
    .argument('<addresses...>', 'an address, or @domain for all of a domain')
    .option('--reason <reason>', 'such as bounced, complained, unsubscribed', 'by-hand')
    .option('--note <text>', 'for those who wonder')
    .option('--stream <name>', 'only mail of this stream')
    .option('--expires-in <duration>', 'it ends by itself', duration)
    .action(
      usingQueue<AddOptions>(async ({ queue, inside, out, options, args }) => {
        const { reason, note, stream, expiresIn } = options
        if (stream !== undefined) checkStream(inside, stream)
        const added = await queue.suppressions.import(
          args.map((address) => ({
            address,
            reason,
            origin: 'cli',
            ...(note === undefined ? {} : { note }),
            ...(stream === undefined ? {} : { stream }),
            ...(expiresIn === undefined ? {} : { expiresIn }),
          })),
        )
        out.result(
          { added },
          `${added} added${added < args.length ? `, ${args.length - added} were there` : ''}`,
        )
      }),
    )
}
