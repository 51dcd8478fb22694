import type { Command } from 'commander'
import { healthAsJson } from '../../http/as-json.ts'
import { clean } from '../clean.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function health(program: Command): void {
  verb(program, 'health', {
    does: 'Exit 1 when mail is stuck, and say why; a paused queue is not unhealthy',
    examples: ['posthaste health', 'posthaste health --max-age 15m || page-somebody'],
  })
    .option('--max-age <duration>', 'mail that is due for longer is stuck (default: 5m)')
    .action(
      usingQueue<{ maxAge?: `${number}m` }>(async ({ queue, out, options }) => {
        const found = await queue.health(options.maxAge === undefined ? {} : { maxAge: options.maxAge })
        out.result(healthAsJson(found), () =>
          found.healthy
            ? out.colors.green(found.pauses.length > 0 ? 'healthy, but paused' : 'healthy')
            : found.problems.map((problem) => `${out.colors.red('stuck:')} ${clean(problem)}`).join('\n'),
        )
        return found.healthy ? 0 : 1
      }),
    )
}
