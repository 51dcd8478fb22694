import type { EnqueueOptions } from '../../options.ts'
import { optionNames } from '../../options.ts'
import type { EnqueueFlags } from './enqueue-flags.ts'

/** The flags that are options of the queue; --tag is their one other name. */
export function optionsOf({ tag, ...flags }: EnqueueFlags): EnqueueOptions {
  const named: Record<string, unknown> = { ...flags, tags: tag }
  return Object.fromEntries(
    optionNames.filter((name) => named[name] !== undefined).map((name) => [name, named[name]]),
  )
}
