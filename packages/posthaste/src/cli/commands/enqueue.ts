import type { Command } from 'commander'
import type { EnqueueFlags } from '../enqueue/enqueue-flags.ts'
import { withMail, withOptions } from '../enqueue/enqueue-options.ts'
import { mailOf } from '../enqueue/mail-of.ts'
import { optionsOf } from '../enqueue/options-of.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function enqueue(program: Command): void {
  const command = verb(program, 'enqueue', {
    does: 'Queue one mail: made of options, or a whole message (.eml) from stdin',
    examples: [
      "posthaste enqueue --from shop@example.com --to ada@example.com --subject 'Your order' --text 'On its way.'",
      'posthaste enqueue --stream newsletter --priority bulk < issue-12.eml',
    ],
  })
  withMail(command)
  withOptions(command).action(
    usingQueue<EnqueueFlags>(async ({ queue, out, options }) => {
      const queued = await queue.enqueue(await mailOf(options), optionsOf(options))
      const refused = queued.suppressed.length > 0 ? `, suppressed: ${queued.suppressed.join(', ')}` : ''
      out.result(queued, `${queued.status} ${queued.id} ${queued.messageId}${refused}`)
    }),
  )
}
