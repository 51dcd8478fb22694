import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import type { Steps } from '../statement.ts'
import { settleConflict } from './conflict.ts'
import type { Enqueued, NewEntry } from './new-mail.ts'
import { deleteKeys, deleteMails, insertKey } from './stepwise-sql.ts'

/**
 * Claims the idempotency keys of these mails; tells which mails are duplicates, and of what.
 *
 * @throws {PH_IDEMPOTENCY_CONFLICT} with nothing of these mails left behind
 */
export function* claimIdempotencyKeys(
  entries: readonly NewEntry[],
  engine: Engine,
): Steps<ReadonlyMap<NewEntry, Enqueued>> {
  const duplicates = new Map<NewEntry, Enqueued>()
  const firsts = new Map<string, NewEntry>()
  try {
    for (const entry of entries) {
      const first = yield* claim(entry, firsts, engine)
      if (first) duplicates.set(entry, first)
    }
  } catch (error) {
    if (error instanceof PosthasteError) yield* forget(entries, [...firsts.keys()], engine)
    throw error
  }
  return duplicates
}

/** A key may come twice in one call: the first of these mails has no delivery yet. */
function* claim(entry: NewEntry, firsts: Map<string, NewEntry>, engine: Engine): Steps<Enqueued | undefined> {
  const { mail, body } = entry
  if (mail.idempotencyKey === null) return undefined
  const first = firsts.get(mail.idempotencyKey)
  if (first) return sameOf(first, entry)
  yield insertKey(engine, { key: mail.idempotencyKey, id: mail.id, hash: body.hash() })
  const holder = yield* settleConflict(entry, engine, engine.locks.rows)
  if (!holder) firsts.set(mail.idempotencyKey, entry)
  return holder
}

function sameOf({ mail, body }: NewEntry, second: NewEntry): Enqueued {
  if (body.hash() !== second.body.hash())
    throw new PosthasteError('PH_IDEMPOTENCY_CONFLICT', `'${mail.idempotencyKey}' belongs to mail ${mail.id}`)
  return { id: mail.id, messageId: mail.messageId, status: 'duplicate', suppressed: [] }
}

function* forget(entries: readonly NewEntry[], keys: readonly string[], engine: Engine): Steps<void> {
  const ids = entries.map(({ mail }) => mail.id)
  for (const key of keys) yield deleteKeys(engine, key, ids)
  yield deleteMails(engine, ids)
}
