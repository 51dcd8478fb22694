import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import { ask, type Steps } from '../statement.ts'
import { settleConflict } from './conflict.ts'
import { addContents, type WrittenContents } from './content-steps.ts'
import { type Hold, stillHeld } from './hold.ts'
import { type Added, contentId, mailOf, type NewEntry } from './new-mail.ts'
import { addMany } from './postgres-add-many.ts'
import { addOne } from './postgres-add-one.ts'

/**
 * Everything but large content in one statement, so that a failure, caught or not, leaves nothing that could be claimed.
 *
 * @throws {PH_TRANSACTION_ENDED} the transaction is no longer the one that is held
 * @throws {PH_IDEMPOTENCY_CONFLICT} the key belongs to another mail
 * @throws {PH_CONTENT_MISSING} a stored content is gone
 */
export function* addPostgres(
  entries: readonly NewEntry[],
  { written, hold }: { hold: Hold; written: WrittenContents },
  engine: Engine,
): Steps<Added[]> {
  yield* addContents(entries, { written, held: stillHeld(hold, engine) }, engine)
  const stored = yield* addRows(entries, hold, engine)
  const added: Added[] = []
  for (const entry of entries) added.push(stored(entry) ?? (yield* missing(entry, hold, engine)))
  return added
}

/** Tells what became of each mail; undefined: it was not stored. */
function* addRows(
  entries: readonly NewEntry[],
  hold: Hold,
  engine: Engine,
): Steps<(entry: NewEntry) => Added | undefined> {
  const [one, ...more] = entries
  const stored =
    one && more.length === 0 ? yield* addOne(one, hold, engine) : yield* addMany(entries, hold, engine)
  if (!stored) throw new PosthasteError('PH_TRANSACTION_ENDED')
  return (entry) => {
    const { id, messageId } = mailOf(entry)
    const { state, suppressed } = stored.get(id) ?? {}
    return state && suppressed && { id, messageId, status: state, suppressed }
  }
}

/** Another mail has its key, or a content that it names is gone. */
function* missing(entry: NewEntry, hold: Hold, engine: Engine): Steps<Added> {
  if (entry.mail.idempotencyKey === null) throw contentMissing(entry)
  const first = yield* settleConflict(entry, engine)
  if (first) return first
  if (yield* isOurs(entry, engine)) {
    const again = yield* addRows([entry], hold, engine)
    const added = again(entry)
    if (!added) throw contentMissing(entry)
    return added
  }
  return yield* missing(entry, hold, engine)
}

function* isOurs({ mail }: NewEntry, engine: Engine): Steps<boolean> {
  const { rows } = yield* ask(
    `select 1 as ours from ${engine.tables.idempotency} where idempotency_key = ? and mail_id = ?`,
    [mail.idempotencyKey, mail.id],
  )
  return rows.length > 0
}

function contentMissing({ body }: NewEntry): PosthasteError {
  return new PosthasteError('PH_CONTENT_MISSING', body.contents.map(contentId).join(', '))
}
