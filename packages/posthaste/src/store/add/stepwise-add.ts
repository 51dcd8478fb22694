import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import type { Steps } from '../statement.ts'
import { giveKeysBack, type TakenKey } from './conflict.ts'
import { addContents, useRows, type WrittenContents } from './contents.ts'
import { always } from './guard-row.ts'
import { contentId, type Enqueued, mailOf, type NewEntry } from './new-mail.ts'
import { recipientRows } from './rows.ts'
import { claimIdempotencyKeys } from './stepwise-keys.ts'
import { addRecipients } from './stepwise-recipients.ts'
import {
  addDeliveries,
  cancelReplaced,
  deleteMails,
  insertBody,
  insertTags,
  insertUses,
  type StoredRows,
  updateHeader,
} from './stepwise-sql.ts'

/** Mails that lack nothing any more but the row that can be claimed. */
export interface Filled {
  readonly entries: readonly NewEntry[]
  readonly fresh: readonly NewEntry[]
  readonly duplicates: ReadonlyMap<NewEntry, Enqueued>
  readonly suppressed: ReadonlyMap<string, readonly string[]>
  readonly stored: StoredRows
  readonly taken: readonly TakenKey[]
}

interface Inserting {
  readonly written: WrittenContents
  readonly engine: Engine
  /** @default what reads the answers */
  readonly claimKeys?: typeof claimIdempotencyKeys
}

/**
 * Stores what belongs to mails whose rows are there, each part only beside its mail row.
 *
 * @throws {PH_IDEMPOTENCY_CONFLICT} the key belongs to another mail
 */
export function* insertContents(
  entries: readonly NewEntry[],
  { written, engine, claimKeys = claimIdempotencyKeys }: Inserting,
): Steps<Filled> {
  const taken: TakenKey[] = []
  const duplicates = yield* claimKeys(entries, engine, taken)
  const fresh = entries.filter((entry) => !duplicates.has(entry))
  if (duplicates.size > 0)
    yield deleteMails(
      engine,
      [...duplicates.keys()].map(({ mail }) => mail.id),
    )
  const chunks = yield* addContents(fresh, { written, condition: always }, engine)
  const uses = fresh.flatMap((entry) => useRows(entry, engine))
  if (uses.length > 0) yield insertUses(engine, uses)
  for (const { mail, body } of fresh) yield insertBody(engine, mail.id, body)
  for (const entry of fresh) if (entry.body.header) yield updateHeader(engine, mailOf(entry))
  const tags = fresh.flatMap(({ mail }) => mail.tags.map((tag) => ({ mail_id: engine.jsonId(mail.id), tag })))
  if (tags.length > 0) yield insertTags(engine, tags)
  const { suppressed, recipients } = yield* addRecipients(
    engine,
    fresh.flatMap(({ mail }) => recipientRows(mail, engine)),
    Math.max(...fresh.map(({ mail }) => mail.createdAt)),
  )
  return { entries, fresh, duplicates, suppressed, stored: { recipients, uses, chunks }, taken }
}

/**
 * Makes the mails claimable if everything that was stored for them is still there, and only then cancels what they
 * replace.
 *
 * @throws {PH_CONTENT_MISSING} a stored content is gone
 * @throws {PH_TRANSACTION_ENDED} it ended, or was rolled back to a savepoint, in between
 */
export function* insertDeliveries(filled: Filled, engine: Engine): Steps<Enqueued[]> {
  const { entries, fresh, duplicates } = filled
  const added = new Map<NewEntry, Enqueued>(fresh.map((entry) => [entry, addedAs(entry, filled)]))
  if (fresh.length > 0) {
    const count = yield* addDeliveries(
      engine,
      fresh.map((entry) => ({ entry, state: added.get(entry)?.status ?? 'queued' })),
      filled.stored,
    )
    if (count < fresh.length) {
      yield* giveKeysBack(filled.taken, engine)
      throw incomplete(fresh)
    }
    yield* cancelReplaced(
      engine,
      fresh.map(({ mail }) => mail),
    )
  }
  return entries.flatMap((entry) => duplicates.get(entry) ?? added.get(entry) ?? [])
}

function addedAs(entry: NewEntry, { suppressed }: Filled): Enqueued {
  const mail = mailOf(entry)
  const refused = suppressed.get(mail.id) ?? []
  return {
    id: mail.id,
    messageId: mail.messageId,
    status: refused.length === mail.recipients.length ? 'suppressed' : 'queued',
    duplicate: false,
    suppressed: refused,
  }
}

function incomplete(entries: readonly NewEntry[]): PosthasteError {
  const stored = entries.flatMap(({ body }) => body.contents.filter((content) => !('source' in content)))
  return stored.length > 0
    ? new PosthasteError('PH_CONTENT_MISSING', stored.map(contentId).join(', '))
    : new PosthasteError('PH_TRANSACTION_ENDED')
}
