import { latestInstant } from '../input/time.ts'
import type { State } from '../mail/mail.ts'
import {
  finalStates,
  restingStates,
  type TransitionName,
  transitions,
  unsentStates,
} from '../mail/transitions.ts'
import { raw, type Sql, type Text } from './sql.ts'

/** Literals: parameters would keep the planners off the partial indexes. */
function inStates(states: readonly State[], column: Text = 'd.state'): Sql {
  const list = states.map((state) => `'${state}'`)
  return raw(list.length === 1 ? `${column} = ${list[0]}` : `${column} in (${list.join(', ')})`)
}

/** The condition on the delivery `d`, or another alias, that this transition is for it. */
export function isFor(name: TransitionName, alias = 'd'): Sql {
  const { from, undispatched, needsBody, doubtful } = transitions[name]
  const free = from.filter((state) => !undispatched || state !== 'sending')
  const state = inStates(free, `${alias}.state`)
  const conditions = [
    free.length === from.length
      ? state
      : `(${state} or (${alias}.state = 'sending' and ${alias}.dispatched_at is null))`,
    ...(needsBody ? [`${alias}.has_body > 0`] : []),
    ...(doubtful ? [`${alias}.unknowns > 0`] : []),
  ]
  return raw(conditions.join(' and '))
}

/** The condition on a delivery that its mail was not delivered and will not be: others may take its idempotency key. */
export function isKeyFree(alias: string): Sql {
  return raw(`${inStates(unsentStates, `${alias}.state`)} and ${alias}.unknowns = 0`)
}

export interface GivenColumns {
  /** The time of the transition. */
  readonly now: Text
  /** Where there are several to go to. */
  readonly state?: Text
  readonly reason?: Text
  /** Whatever else is set. */
  readonly [column: string]: Text | undefined
}

/**
 * What the transition sets in the delivery `d`, or another alias. In an order in which each may read the old values:
 * MySQL assigns from left to right. What is given replaces what the table says.
 */
export function changesOf(
  name: TransitionName,
  { now, state, ...given }: GivenColumns,
  alias = 'd',
): Record<string, Text> {
  const { to, reason, keepsToken, set } = transitions[name]
  const ends = Object.keys(to) as State[]
  const next = state ?? `'${onlyOne(name, ends)}'`
  return {
    ...(isSetGoing(name) ? { idle_ms: idleMs(now, alias) } : {}),
    ...(set?.due_at ? { due_at: set.due_at === 'now' ? now : laterOf(`${alias}.due_at`, now) } : {}),
    ...(set?.rescues === 0 ? { rescues: '0' } : {}),
    ...(set?.expires_at
      ? { expires_at: `case when ${alias}.reason = 'expired' then null else ${alias}.expires_at end` }
      : {}),
    settled_at: settledAt(ends, next, now),
    reason: reason ? `'${reason}'` : 'null',
    ...(keepsToken ? {} : { token: nextToken(alias) }),
    ...(ends.includes('sending') ? {} : { worker_id: 'null', claimed_at: 'null', dispatched_at: 'null' }),
    ...definedOnly(given),
    state: next,
  }
}

/**
 * No claim from before counts any more. One that was edited to what no number here can hold begins anew: adding to it
 * would overflow, and stop all mail that is claimed with it.
 */
export function nextToken(alias = 'd'): Sql {
  const token = `${alias}.token`
  return raw(`case when ${token} between 0 and ${Number.MAX_SAFE_INTEGER - 1} then ${token} + 1 else 1 end`)
}

/**
 * How long a delivery `d`, or another alias, was idle by now: it was held, or had ended, until an operator set it
 * going. What was edited to what no time is counts as none.
 */
export function idleMs(now: Text, alias = 'd'): string {
  const isTime = (column: string, latest: Text) => `${alias}.${column} between 0 and ${latest}`
  const since = (column: string) => `${isTime(column, now)} then ${now} - ${alias}.${column}`
  return `case when ${isTime('idle_ms', String(latestInstant))} then ${alias}.idle_ms else 0 end
    + case
      when ${alias}.state = 'held' and ${since('due_at')}
      when ${since('settled_at')}
      else 0
    end`
}

/** It takes mail that rests back into the queue. */
function isSetGoing(name: TransitionName): boolean {
  const { from, to, onlyFrom } = transitions[name]
  return 'queued' in to && (onlyFrom?.queued ?? from).some((state) => restingStates.includes(state))
}

function laterOf(column: string, now: Text): string {
  return `case when ${column} < ${now} then ${now} else ${column} end`
}

/** One more, for columns that count; within what the column holds, whatever a person made of it. */
export function oneMore(column: string): string {
  return `case when ${column} between 0 and 999999999 then ${column} + 1 else 1 end`
}

function onlyOne(name: TransitionName, ends: readonly State[]): State {
  const [end, ...more] = ends
  if (end === undefined || more.length > 0) throw new TypeError(`${name} leads to several states`)
  return end
}

function settledAt(ends: readonly State[], state: Text, now: Text): string {
  const final = ends.filter((end) => finalStates.includes(end))
  if (final.length === 0) return 'null'
  if (final.length === ends.length) return String(now)
  return `case when ${inStates(finalStates, `(${state})`)} then ${now} end`
}

function definedOnly(given: Readonly<Record<string, Text | undefined>>): Record<string, Text> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([column, value]) => (value === undefined ? [] : [[column, value]])),
  )
}
