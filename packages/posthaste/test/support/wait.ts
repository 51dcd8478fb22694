import { setTimeout as sleep } from 'node:timers/promises'

export interface UntilOptions {
  /** Milliseconds. @default 10000 */
  timeout?: number
  /** What is being waited for, for the message; else the source of `fact`. */
  what?: string
}

/**
 * Waits until `fact` gives something truthy, and returns it. While it throws (`expect` does) it is not a fact yet.
 * The only timer that a test may use.
 */
export async function until<T>(
  fact: () => T | Promise<T>,
  { timeout = 10_000, what }: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeout
  for (;;) {
    const found = await attempt(fact)
    if ('value' in found && found.value) return found.value
    if (performance.now() > deadline) throw tooLate(what ?? fact.toString(), timeout, found)
    await sleep(5)
  }
}

type Found<T> = { value: T } | { error: unknown }

async function attempt<T>(fact: () => T | Promise<T>): Promise<Found<T>> {
  try {
    return { value: await fact() }
  } catch (error) {
    return { error }
  }
}

function tooLate(what: string, timeout: number, found: Found<unknown>): Error {
  const last = 'error' in found ? `it threw ${found.error}` : `it was ${JSON.stringify(found.value)}`
  const cause = 'error' in found ? { cause: found.error } : {}
  return new Error(`waited ${timeout} ms in vain for: ${what}; at last ${last}`, cause)
}
