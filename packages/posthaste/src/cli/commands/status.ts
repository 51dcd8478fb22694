import type { Command } from 'commander'
import { healthAsJson, statsAsJson } from '../../http/as-json.ts'
import { statusText } from '../status-text.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function status(program: Command): void {
  verb(program, 'status', {
    does: 'Show depth, oldest due mail, rates, workers, resting transports and pauses',
    examples: ['posthaste status', 'posthaste status --json | jq .states.queued'],
  }).action(
    usingQueue(async ({ queue, inside, out }) => {
      const [stats, health] = [await queue.stats(), await queue.health()]
      out.result({ ...statsAsJson(stats), ...healthAsJson(health) }, () =>
        statusText(out, { stats, health, now: inside.clock.now() }),
      )
    }),
  )
}
