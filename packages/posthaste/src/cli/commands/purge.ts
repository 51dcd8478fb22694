import { type Command, Option } from 'commander'
import type { State } from '../../mail.ts'
import { duration, gather } from '../arguments.ts'
import { createProgress } from '../progress.ts'
import { type Call, usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

const finished = {
  sent: ['sent'],
  failed: ['failed', 'suppressed', 'cancelled'],
  all: ['sent', 'failed', 'suppressed', 'cancelled'],
} as const satisfies Record<string, readonly State[]>

interface PurgeOptions {
  readonly olderThan: number
  readonly state: keyof typeof finished
  readonly stream?: readonly string[]
}

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

async function purgeAll({ inside, out, options }: Call<PurgeOptions>): Promise<number> {
  const { store } = await inside.connection.ready()
  const { olderThan, state, stream } = options
  const before = inside.clock.now() - olderThan
  const batch = { states: finished[state], before, limit: 500, ...(stream ? { streams: stream } : {}) }
  const progress = createProgress(out, 'deleted')
  let deleted = 0
  for (let last = batch.limit; last > 0; deleted += last) {
    last = await store.purge(batch)
    progress.done(last)
  }
  progress.end()
  return deleted
}
