import type { Command } from 'commander'
import { transitions } from '../../mail/transitions.ts'
import { type ConfirmOptions, confirm, withConfirmation } from '../confirm.ts'
import { type CommandText, defineCommand } from '../define-command.ts'
import { type FilterOptions, filterOf, missed, saidOf, withFilter } from '../filter-options.ts'
import { type Call, usingQueue } from '../using-queue.ts'

interface Action extends CommandText {
  readonly action: 'retry' | 'cancel' | 'hold' | 'release'
  /** What was done, after a count. */
  readonly done: string
  /** What a filter without --state means. */
  readonly states: NonNullable<FilterOptions['state']>
}

export function retry(program: Command): void {
  addAction(program, {
    action: 'retry',
    does: 'Make failed and deferred mail due now (other states by --state or id); recipients that accepted it are not asked again',
    examples: [
      'posthaste retry 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
      'posthaste retry --state deferred --yes',
    ],
    done: 'due now',
    states: ['failed', 'deferred'],
  })
}

export function cancel(program: Command): void {
  addAction(program, {
    action: 'cancel',
    does: 'End mail that has not gone out',
    examples: ['posthaste cancel --tag spring-sale --dry-run', 'posthaste cancel --tag spring-sale --yes'],
    done: 'cancelled',
    states: transitions.cancel.from,
  })
}

export function hold(program: Command): void {
  addAction(program, {
    action: 'hold',
    does: 'Keep queued mail from going until it is released',
    examples: ["posthaste hold --subject 'Your invoice' --since 1h"],
    done: 'held',
    states: transitions.hold.from,
  })
}

export function release(program: Command): void {
  addAction(program, {
    action: 'release',
    does: 'Queue held mail again',
    examples: ['posthaste release --stream newsletter --yes'],
    done: 'released',
    states: transitions.release.from,
  })
}

function revives(action: Action['action']): action is 'retry' | 'release' {
  return action === 'retry' || action === 'release'
}

/** A command that changes mails, named by id or by filter. */
function addAction(program: Command, action: Action): void {
  const command = defineCommand(program, action.action, action).argument('[ids...]', 'these mails')
  withConfirmation(withFilter(command)).action(
    usingQueue<FilterOptions & ConfirmOptions>((call) => perform(call, action)),
  )
}

async function perform(
  call: Call<FilterOptions & ConfirmOptions>,
  { action, done, states }: Action,
): Promise<number> {
  const { queue, out, options } = call
  const filter = filterOf(call, states)
  if (!(await confirm(call, filter, action))) {
    if (!options.dryRun) out.note('nothing was changed')
    return 0
  }
  const { changed, superseded } = revives(action)
    ? await queue[action](filter, { report: true })
    : { changed: await queue[action](filter), superseded: [] }
  out.result(
    { action, changed, ...(superseded.length > 0 ? { superseded } : {}) },
    `${changed} ${done}${saidOf(superseded)}`,
  )
  return missed(filter, changed) ? 1 : 0
}
