import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const idBytes = 16
/** Filled for 256 ids at a time: asked for each, random bytes cost four times as much as all else about an id. */
const pool = Buffer.alloc(idBytes * 256)
let used = pool.length
let [last, seq] = [0, 0]

/**
 * UUIDv7 (RFC 9562): made by the client, so that an enqueue needs no answer, and in the order of time, so that paging can use it. A mail's holds
 * the time of the queue's clock, as its `created_at` does; within a millisecond they count up.
 */
export function newId(now = Date.now()): string {
  const random = randomBytes()
  const msecs = Math.floor(now)
  // Half of the room is left to count in.
  seq = msecs === last ? (seq + 1) >>> 0 : random.readUInt32BE(0) >>> 1
  last = msecs
  return v7({ msecs, seq, random })
}

function randomBytes(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += idBytes
  return pool.subarray(used - idBytes, used)
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isId(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value)
}
