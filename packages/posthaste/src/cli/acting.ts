import { type Command, Option } from 'commander'
import { checkFilter, type Filter } from '../filter.ts'
import { type AgreeOptions, agree } from './agree.ts'
import { type FilterOptions, readFilter, withFilter } from './filter-options.ts'
import { type Call, usingQueue } from './using-queue.ts'
import { type VerbText, verb } from './verb.ts'

export interface Act extends VerbText {
  readonly action: 'retry' | 'cancel' | 'hold' | 'release'
  /** What was done, after a count. */
  readonly done: string
  /** What a filter without --state means. */
  readonly states: NonNullable<FilterOptions['state']>
}

type ActOptions = FilterOptions & AgreeOptions

/** Adds a command that acts on mails, named by id or by filter. */
export function acting(program: Command, act: Act): void {
  withAgreement(withFilter(verb(program, act.action, act).argument('[ids...]', 'these mails'))).action(
    usingQueue<ActOptions>((call) => perform(call, act)),
  )
}

export function withAgreement(command: Command): Command {
  return command
    .addOption(new Option('--dry-run', 'show how many and some of them, and change nothing').conflicts('yes'))
    .option('--yes', 'do not ask')
}

/** The filter of a call; without --state it means mail in these states. @throws {PH_FILTER_INVALID} it says nothing */
export function filterOf(call: Call<FilterOptions>, states: Act['states']): Filter {
  const filter = checkFilter(readFilter(call.args, call.options, call.inside.clock.now()))
  return filter.state === undefined && filter.id === undefined ? { ...filter, state: states } : filter
}

async function perform(call: Call<ActOptions>, { action, done, states }: Act): Promise<number> {
  const { queue, out, options } = call
  const filter = filterOf(call, states)
  if (!(await agree(call, filter, action))) {
    if (!options.dryRun) out.note('nothing was changed')
    return 0
  }
  const changed = await queue[action](filter)
  out.result({ action, changed }, `${changed} ${done}`)
  return missed(filter, changed) ? 1 : 0
}

/** Mails that were named, and were not there or in no state for it. */
export function missed({ id }: Filter, changed: number): boolean {
  return id !== undefined && changed < new Set([id].flat()).size
}
