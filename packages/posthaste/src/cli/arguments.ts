import { userInfo } from 'node:os'
import { InvalidArgumentError } from 'commander'
import { isPosthasteError } from '../errors.ts'
import { milliseconds, readInstant } from '../input/time.ts'

/** A whole number of at least 1. */
export function count(value: string): number {
  if (!/^[1-9]\d{0,9}$/.test(value)) throw new InvalidArgumentError('It is not a whole number of at least 1.')
  return Number(value)
}

/** Gathers what is given several times. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Milliseconds, from text such as 20m. */
export function duration(value: string): number {
  return argument(() => milliseconds(/^\d+$/.test(value) ? Number(value) : value, 'the value'))
}

/** ISO 8601 with an offset. */
export function isoInstant(value: string): Date {
  return argument(() => new Date(readInstant(value, 'the value')))
}

export function json(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    throw new InvalidArgumentError('It is not JSON.')
  }
}

/** The name of the user of this command line. A container may run under a number without a name. */
export function user(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

function argument<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isPosthasteError(error)) throw error
    throw new InvalidArgumentError(
      'It is not a duration such as 20m, or an instant such as 2026-11-24T09:00:00Z.',
    )
  }
}
