import type { Command } from 'commander'
import { defineCommand } from '../define-command.ts'
import { clean } from '../output.ts'
import { usingQueue } from '../using-queue.ts'

export function health(program: Command): void {
  defineCommand(program, 'health', {
    does: 'Exit 1 when mail is stuck, and say why; a paused queue is not unhealthy',
    examples: ['posthaste health', 'posthaste health --stuck-after 15m || page-somebody'],
  })
    .option('--stuck-after <duration>', 'mail that is due for longer is stuck (default: 5m)')
    .action(
      usingQueue<{ stuckAfter?: `${number}m` }>(async ({ queue, out, options }) => {
        const found = await queue.health(
          options.stuckAfter === undefined ? {} : { stuckAfter: options.stuckAfter },
        )
        out.result(found, () =>
          found.healthy
            ? out.colors.green(found.pauses.length > 0 ? 'healthy, but paused' : 'healthy')
            : found.problems.map((problem) => `${out.colors.red('stuck:')} ${clean(problem)}`).join('\n'),
        )
        return found.healthy ? 0 : 1
      }),
    )
}
