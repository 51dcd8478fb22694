import { type Command, Option } from 'commander'
import { checkFilter, type Filter } from '../filter.ts'
import { type State, states } from '../mail/mail.ts'
import type { Superseded } from '../queue/records.ts'
import { duration, gather } from './arguments.ts'
import { UsageError } from './report.ts'
import type { Call } from './using-queue.ts'

export interface FilterOptions {
  readonly state?: readonly (State | 'deferred')[]
  readonly stream?: string
  readonly tenant?: string
  readonly tag?: string
  readonly to?: string
  readonly subject?: string
  readonly messageId?: string
  readonly idempotencyKey?: string
  readonly unknown?: true
  readonly since?: string
  readonly until?: string
  readonly all?: true
}

/** Adds the options that say which mails. */
export function withFilter(command: Command): Command {
  return command
    .option(
      '--state <state>',
      `${states.join(', ')}, or deferred (queued again after an attempt); may be repeated`,
      oneState,
    )
    .option('--stream <name>', 'mail of this stream')
    .option('--tenant <name>', 'mail of this tenant')
    .option('--tag <tag>', 'mail with this tag')
    .option('--to <address>', 'mail to this recipient, or to all of an @domain')
    .option('--subject <text>', 'mail whose subject begins like this')
    .option('--message-id <id>', 'the mail with this Message-ID')
    .option('--idempotency-key <key>', 'the mail with this key')
    .option('--unknown', 'mail whose acceptance may have been lost')
    .option(
      '--since <when>',
      'queued at this instant or later: 2026-11-24T09:00:00Z, or 2h for two hours ago',
    )
    .option('--until <when>', 'queued before this instant')
    .addOption(new Option('--all', 'every mail'))
}

/** The filter that ids and options say; empty where they say nothing. */
export function readFilter(ids: readonly string[], options: FilterOptions): Filter {
  const given = {
    id: ids.length > 0 ? ids : undefined,
    state: options.state,
    stream: options.stream,
    tenant: options.tenant,
    tag: options.tag,
    to: options.to,
    subject: options.subject,
    messageId: options.messageId,
    idempotencyKey: options.idempotencyKey,
    unknown: options.unknown,
    since: when(options.since),
    until: when(options.until),
    all: options.all,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** The filter of a call; without --state it means mail in these states. @throws {UsageError} it says nothing */
export function filterOf(
  { args, options }: Pick<Call<FilterOptions>, 'args' | 'options'>,
  states: NonNullable<FilterOptions['state']>,
): Filter {
  const given = readFilter(args, options)
  if (Object.keys(given).length === 0)
    throw new UsageError('say which mails: by id, or by options such as --to; --all means every mail')
  const filter = checkFilter(given)
  return filter.state === undefined && filter.id === undefined ? { ...filter, state: states } : filter
}

/** Mails that were named, and were not there or in no state for it. */
export function missed({ id }: Filter, changed: number): boolean {
  return id !== undefined && changed < new Set([id].flat()).size
}

/** What is said of mail that was left alone. */
export function saidOf(superseded: readonly Superseded[]): string {
  if (superseded.length === 0) return ''
  const shown = superseded.slice(0, 10).map(({ id, holder }) => `  ${id}: mail ${holder} has its key now`)
  const more = superseded.length > shown.length ? [`  and ${superseded.length - shown.length} more`] : []
  return [`, ${superseded.length} superseded and left alone`, ...shown, ...more].join('\n')
}

function when(value: string | undefined): Date | string | undefined {
  return value !== undefined && /^\d+\s*[a-z]+$/.test(value) ? new Date(Date.now() - duration(value)) : value
}

function oneState(value: string, before: readonly string[] = []): readonly string[] {
  if (value !== 'deferred' && !(states as readonly string[]).includes(value))
    throw new UsageError(`there is no state '${value}': there are ${states.join(', ')} and deferred`)
  return gather(value, before)
}
