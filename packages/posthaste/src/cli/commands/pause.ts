import type { Command } from 'commander'
import { checkStream } from '../check-names.ts'
import { user } from '../user.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function pause(program: Command): void {
  verb(program, 'pause', {
    does: 'Stop delivery by every worker, until resume; kept across restarts',
    examples: [
      "posthaste pause --reason 'wrong prices in the newsletter'",
      'posthaste pause --stream newsletter',
    ],
  })
    .option('--stream <name>', 'only this stream (default: every stream)')
    .option('--reason <text>', 'why, for those who wonder')
    .action(
      usingQueue<{ stream?: string; reason?: string }>(async ({ queue, inside, out, options }) => {
        const { stream, reason } = options
        if (stream !== undefined) checkStream(inside, stream)
        await queue.pause({
          ...(stream === undefined ? {} : { stream }),
          ...(reason === undefined ? {} : { reason }),
          who: user(),
        })
        out.result({ paused: stream ?? null }, `paused ${stream ?? 'every stream'}`)
      }),
    )
}
