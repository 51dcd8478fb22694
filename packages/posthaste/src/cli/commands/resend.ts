import type { Command } from 'commander'
import { isPosthasteError } from '../../errors.ts'
import type { Filter } from '../../filter.ts'
import { gather } from '../arguments.ts'
import { type ConfirmOptions, confirm, withConfirmation } from '../confirm.ts'
import { defineCommand } from '../define-command.ts'
import { type FilterOptions, filterOf, withFilter } from '../filter-options.ts'
import { createProgress } from '../progress.ts'
import { UsageError } from '../report.ts'
import { type Call, usingQueue } from '../using-queue.ts'

type ResendOptions = FilterOptions & ConfirmOptions & { readonly sendTo?: readonly string[] }

export function resend(program: Command): void {
  const command = defineCommand(program, 'resend', {
    does: 'Send the content of finished mail once more, as new mail (without --state: of sent mail)',
    examples: [
      'posthaste resend 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --send-to grace@example.com',
      'posthaste resend --to ada@example.com --since 24h --yes',
    ],
  }).argument('[ids...]', 'these mails')
  withConfirmation(withFilter(command))
    .option('--send-to <address>', 'to this address instead; may be repeated', gather)
    .action(
      usingQueue<ResendOptions>(async (call) => {
        const { out, options, args } = call
        if (args.length > 0 && options.to !== undefined)
          throw new UsageError(
            '--to says which mails, and these are named by id; another address to send to is --send-to',
          )
        const filter = filterOf(call, ['sent'])
        if (!(await confirm(call, filter, 'resend'))) {
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

interface Resent {
  readonly resent: { readonly from: string; readonly id: string }[]
  readonly failed: { readonly id: string; readonly code: string; readonly message: string }[]
}

/** Page by page from the newest on, so that what is resent is not met again. */
async function resendAll(
  call: Pick<Call, 'queue' | 'out'>,
  filter: Filter,
  to: readonly string[] | undefined,
): Promise<Resent> {
  const { queue, out } = call
  const done: Resent = { resent: [], failed: [] }
  const progress = createProgress(out, 'resending', await queue.count(filter))
  for await (const id of idsOf(call, filter)) {
    await resendOne(id)
    progress.done(1)
  }
  progress.end()
  return done

  async function resendOne(from: string): Promise<void> {
    try {
      const { id } = await queue.resend(from, to === undefined ? {} : { to })
      done.resent.push({ from, id })
    } catch (error) {
      if (!isPosthasteError(error, 'PH_BODY_GONE') && !isPosthasteError(error, 'PH_NOT_FOUND')) throw error
      done.failed.push({ id: from, code: error.code, message: error.message })
    }
  }
}

async function* idsOf({ queue }: Pick<Call, 'queue'>, filter: Filter): AsyncGenerator<string> {
  if (filter.id !== undefined) return yield* new Set([filter.id].flat())
  let after: string | undefined
  do {
    const page = await queue.find(filter, { limit: 200, ...(after === undefined ? {} : { after }) })
    yield* page.items.map(({ id }) => id)
    after = page.next
  } while (after !== undefined)
}
