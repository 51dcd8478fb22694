import { type Command, Option } from 'commander'
import type { Filter } from '../../filter.ts'
import { user } from '../arguments.ts'
import { type ConfirmOptions, confirm, withConfirmation } from '../confirm.ts'
import { defineCommand } from '../define-command.ts'
import { type FilterOptions, filterOf, missed, saidOf, withFilter } from '../filter-options.ts'
import { UsageError } from '../report.ts'
import { type Call, usingQueue } from '../using-queue.ts'

type ResolveOptions = FilterOptions & ConfirmOptions & { readonly arrived?: true; readonly retry?: true }

export function resolve(program: Command): void {
  const command = defineCommand(program, 'resolve', {
    does: 'Say of mail whose outcome is unknown that it arrived, or that it is to be sent again (without --state or ids: of held mail)',
    examples: [
      'posthaste resolve 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --arrived',
      'posthaste resolve --stream invoices --retry --yes',
    ],
  }).argument('[ids...]', 'these mails')
  withConfirmation(
    withFilter(
      command
        .addOption(new Option('--arrived', 'it arrived: settle it as sent').conflicts('retry'))
        .option('--retry', 'send it again, to those whose answer was lost or who were deferred'),
    ),
  ).action(usingQueue<ResolveOptions>(perform))
}

async function perform(call: Call<ResolveOptions>): Promise<number> {
  const { queue, out, options } = call
  const resolution = options.arrived ? 'arrived' : options.retry ? 'retry' : undefined
  if (resolution === undefined) throw new UsageError('say what became of it: --arrived or --retry')
  const filter: Filter = { ...filterOf(call, ['held']), unknown: true }
  if (!(await confirm(call, filter, 'resolve'))) {
    if (!options.dryRun) out.note('nothing was changed')
    return 0
  }
  const { changed, superseded } = await queue.resolve(filter, resolution, { who: user(), report: true })
  out.result(
    { action: 'resolve', resolution, changed, ...(superseded.length > 0 ? { superseded } : {}) },
    `${changed} resolved${saidOf(superseded)}`,
  )
  return missed(filter, changed) ? 1 : 0
}
