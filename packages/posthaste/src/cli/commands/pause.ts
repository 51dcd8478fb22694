import type { Command } from 'commander'
import { user } from '../arguments.ts'
import { defineCommand } from '../define-command.ts'
import { usingQueue } from '../using-queue.ts'

export function pause(program: Command): void {
  defineCommand(program, 'pause', {
    does: 'Stop delivery by every worker, until resume; kept across restarts',
    examples: [
      "posthaste pause --reason 'wrong prices in the newsletter'",
      'posthaste pause --stream newsletter',
    ],
  })
    .option('--stream <name>', 'only this stream (default: every stream)')
    .option('--reason <text>', 'why, for those who wonder')
    .action(
      usingQueue<{ stream?: string; reason?: string }>(async ({ queue, out, options }) => {
        const { stream, reason } = options
        await queue.pause({
          ...(stream === undefined ? {} : { stream }),
          ...(reason === undefined ? {} : { reason }),
          who: user(),
        })
        out.result({ paused: stream ?? null }, `paused ${stream ?? 'every stream'}`)
      }),
    )
}

export function resume(program: Command): void {
  defineCommand(program, 'resume', {
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
