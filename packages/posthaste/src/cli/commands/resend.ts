import type { Command } from 'commander'
import { filterOf, withAgreement } from '../acting.ts'
import { type AgreeOptions, agree } from '../agree.ts'
import { gather } from '../arguments.ts'
import { type FilterOptions, withFilter } from '../filter-options.ts'
import { resendAll } from '../resend-all.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

type ResendOptions = FilterOptions & AgreeOptions & { readonly sendTo?: readonly string[] }

export function resend(program: Command): void {
  const command = verb(program, 'resend', {
    does: 'Send the content of finished mail once more, as new mail (without --state: of sent mail)',
    examples: [
      'posthaste resend 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --send-to grace@example.com',
      'posthaste resend --to ada@example.com --since 24h --yes',
    ],
  }).argument('[ids...]', 'these mails')
  withAgreement(withFilter(command))
    .option('--send-to <address>', 'to this address instead; may be repeated', gather)
    .action(
      usingQueue<ResendOptions>(async (call) => {
        const { out, options } = call
        const filter = filterOf(call, ['sent'])
        if (!(await agree(call, filter, 'resend'))) {
          if (!options.dryRun) out.note('nothing was sent')
          return 0
        }
        const { resent, failed } = await resendAll(call, filter, options.sendTo)
        for (const { id, message } of failed) out.note(`${out.colors.red('not resent')} ${id}: ${message}`)
        out.result({ resent, failed }, () =>
          resent.map(({ from, id }) => `${from} resent as ${id}`).join('\n'),
        )
        return failed.length > 0 ? 1 : 0
      }),
    )
}
