import type { Command } from 'commander'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function resume(program: Command): void {
  verb(program, 'resume', {
    does: 'End a pause',
    examples: ['posthaste resume', 'posthaste resume --stream newsletter'],
  })
    .option('--stream <name>', 'the pause of this stream (default: that of every stream)')
    .action(
      usingQueue<{ stream?: string }>(async ({ queue, out, options: { stream } }) => {
        const resumed = await queue.resume(stream === undefined ? {} : { stream })
        out.result(
          { resumed, stream: stream ?? null },
          resumed ? `resumed ${stream ?? 'every stream'}` : `${stream ?? 'every stream'} was not paused`,
        )
      }),
    )
}
