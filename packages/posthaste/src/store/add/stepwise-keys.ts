import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import { empty } from '../sql.ts'
import type { Steps } from '../statement.ts'
import { duplicateWithin, freeKey, giveKeysBack, keyName, settleConflict, type TakenKey } from './conflict.ts'
import type { Enqueued, NewEntry } from './new-mail.ts'
import { deleteKey, deleteMails, deleteWithoutKey, insertKey } from './stepwise-sql.ts'
import { refuseSuperseded } from './superseded.ts'

/**
 * Claims the idempotency keys of these mails; tells which mails are duplicates, and of what.
 *
 * @throws {PH_IDEMPOTENCY_CONFLICT} {PH_SUPERSEDED} with nothing of these mails left behind
 */
export function* claimIdempotencyKeys(
  entries: readonly NewEntry[],
  engine: Engine,
  taken: TakenKey[],
): Steps<ReadonlyMap<NewEntry, Enqueued>> {
  const duplicates = new Map<NewEntry, Enqueued>()
  const firsts = new Map<string, NewEntry>()
  try {
    for (const entry of entries) {
      const first = yield* claim(entry, { engine, firsts, taken })
      if (first) duplicates.set(entry, first)
    }
  } catch (error) {
    if (error instanceof PosthasteError) {
      yield* giveKeysBack(taken, engine)
      yield* forget(entries, [...firsts.values()], engine)
    }
    throw error
  }
  return duplicates
}

/**
 * The same for `toSQL`, which cannot read what its statements return. Where another mail has the key, the mail's row is
 * deleted, and the later statements store nothing without that row.
 */
export function* claimUnread(
  entries: readonly NewEntry[],
  engine: Engine,
): Steps<ReadonlyMap<NewEntry, Enqueued>> {
  for (const entry of entries) {
    const key = entry.mail.idempotencyKey
    yield* refuseSuperseded(entry, engine, empty)
    if (key === null) continue
    yield freeKey(entry.mail, engine)
    yield insertKey(engine, entry, key)
    yield deleteWithoutKey(engine, entry.mail)
  }
  return new Map()
}

interface Claiming {
  readonly engine: Engine
  readonly firsts: Map<string, NewEntry>
  readonly taken: TakenKey[]
}

/** A key may come twice in one call: the first of these mails has no delivery yet. */
function* claim(entry: NewEntry, { engine, firsts, taken }: Claiming): Steps<Enqueued | undefined> {
  const { mail } = entry
  const key = mail.idempotencyKey
  yield* refuseSuperseded(entry, engine, engine.locks.rows)
  if (key === null) return undefined
  const name = keyName(mail)
  const first = firsts.get(name)
  if (first) return duplicateWithin(first, entry)
  yield insertKey(engine, entry, key)
  const holder = yield* settleConflict(entry, { engine, lock: engine.locks.rows, taken })
  if (!holder) firsts.set(name, entry)
  return holder
}

function* forget(entries: readonly NewEntry[], claimed: readonly NewEntry[], engine: Engine): Steps<void> {
  for (const { mail } of claimed) yield deleteKey(engine, mail)
  yield deleteMails(
    engine,
    entries.map(({ mail }) => mail.id),
  )
}
