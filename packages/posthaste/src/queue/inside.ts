import type { QueueParts } from './operator.ts'

// Known to every copy of the package: a config may have loaded another one than the command line.
const key = Symbol.for('posthaste.inside')

export function keepInside(queue: object, parts: QueueParts): void {
  Object.defineProperty(queue, key, { value: parts })
}

/** What a mail queue is made of, for the command line; undefined where the value is no mail queue. */
export function insideOf(value: unknown): QueueParts | undefined {
  return typeof value === 'object' && value !== null && key in value ? (value[key] as QueueParts) : undefined
}
