import { type Command, Option } from 'commander'
import type { Filter } from '../../filter.ts'
import type { State } from '../../mail/mail.ts'
import { finalStates, unsentStates } from '../../mail/transitions.ts'
import { duration, gather } from '../arguments.ts'
import { askYesOrNo, type ConfirmOptions, mails, needsYes, withConfirmation } from '../confirm.ts'
import { defineCommand } from '../define-command.ts'
import { type Call, usingQueue } from '../using-queue.ts'

/** What --state may say. */
const finished = {
  sent: ['sent'],
  failed: unsentStates,
  all: finalStates,
} satisfies Record<string, readonly State[]>

interface PurgeFlags extends ConfirmOptions {
  readonly olderThan: number
  readonly state: keyof typeof finished
  readonly stream?: readonly string[]
}

export function purge(program: Command): void {
  const command = defineCommand(program, 'purge', {
    does: 'Delete finished mail and its history, in small batches; workers do it too, by the retention that is configured',
    examples: [
      'posthaste purge --older-than 7d --yes',
      'posthaste purge --older-than 90d --state all --dry-run',
    ],
  })
    .requiredOption('--older-than <duration>', 'finished for longer than this', duration)
    .addOption(
      new Option('--state <state>', 'which: failed means suppressed and cancelled too')
        .choices(Object.keys(finished))
        .default('sent'),
    )
    .option('--stream <name>', 'only mail of this stream; may be repeated', gather)
  withConfirmation(command, 'show how many, and change nothing').action(usingQueue<PurgeFlags>(perform))
}

async function perform(call: Call<PurgeFlags>): Promise<void> {
  const { out, options } = call
  if (!options.yes) {
    if (!options.dryRun) needsYes(call, 'purge')
    const matching = await purgeEach(call, true)
    if (options.dryRun) return out.result({ dryRun: true, matching }, `would delete ${mails(matching)}`)
    if (matching > 0 && !(await askYesOrNo(`delete ${mails(matching)}?`)))
      return out.note('nothing was deleted')
  }
  const deleted = await purgeEach(call, false)
  out.result({ deleted }, `${mails(deleted)} deleted`)
}

/** Of every stream, or of each that is named. */
async function purgeEach({ queue, options }: Call<PurgeFlags>, dryRun: boolean): Promise<number> {
  const { olderThan, state, stream } = options
  const filters: Filter[] = stream
    ? [...new Set(stream)].map((name) => ({ state: finished[state], stream: name }))
    : [{ state: finished[state] }]
  let count = 0
  for (const filter of filters) count += await queue.purge(filter, { olderThan, dryRun })
  return count
}
