import { type Command, Option } from 'commander'
import { duration, gather } from '../arguments.ts'
import { finished, type PurgeOptions, purgeAll } from '../purge-all.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function purge(program: Command): void {
  verb(program, 'purge', {
    does: 'Delete finished mail and its history, in small batches; workers do it too, by the retention that is configured',
    examples: ['posthaste purge --older-than 7d', 'posthaste purge --older-than 90d --state all'],
  })
    .requiredOption('--older-than <duration>', 'finished for longer than this', duration)
    .addOption(
      new Option('--state <state>', 'which: failed means suppressed and cancelled too')
        .choices(Object.keys(finished))
        .default('sent'),
    )
    .option('--stream <name>', 'only mail of this stream; may be repeated', gather)
    .action(
      usingQueue<PurgeOptions>(async (call) => {
        const deleted = await purgeAll(call)
        call.out.result({ deleted }, `${deleted} mails deleted`)
      }),
    )
}
