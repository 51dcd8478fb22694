import { v7 } from 'uuid'

/** UUIDv7: made by the client, so that an enqueue needs no answer, and in the order of time, so that paging can use it. */
export function newId(): string {
  return v7()
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isId(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value)
}
