import { type Command, Option } from 'commander'
import type { Filter } from '../../filter.ts'
import { filterOf, missed, withAgreement } from '../acting.ts'
import { type AgreeOptions, agree } from '../agree.ts'
import { type FilterOptions, withFilter } from '../filter-options.ts'
import { user } from '../user.ts'
import { type Call, usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'
import { WrongCall } from '../wrong-call.ts'

type ResolveOptions = FilterOptions & AgreeOptions & { readonly arrived?: true; readonly retry?: true }

export function resolve(program: Command): void {
  const command = verb(program, 'resolve', {
    does: 'Say of mail whose outcome is unknown that it arrived, or that it is to be sent again (without --state or ids: of held mail)',
    examples: [
      'posthaste resolve 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --arrived',
      'posthaste resolve --stream invoices --retry --yes',
    ],
  }).argument('[ids...]', 'these mails')
  withAgreement(
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
  if (resolution === undefined) throw new WrongCall('say what became of it: --arrived or --retry')
  const filter: Filter = { ...filterOf(call, ['held']), unknown: true }
  if (!(await agree(call, filter, 'resolve'))) {
    if (!options.dryRun) out.note('nothing was changed')
    return 0
  }
  const changed = await queue.resolve(filter, resolution, { who: user() })
  out.result({ action: 'resolve', resolution, changed }, `${changed} resolved`)
  return missed(filter, changed) ? 1 : 0
}
