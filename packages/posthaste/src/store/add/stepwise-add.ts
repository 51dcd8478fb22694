import { PosthasteError } from '../../errors.ts'
import type { Dialect } from '../dialect.ts'
import type { Steps } from '../statement.ts'
import { settleConflict } from './conflict.ts'
import { addContents, useRows } from './content-steps.ts'
import { type Added, contentId, type NewEntry } from './new-mail.ts'
import { recipientRows } from './rows.ts'
import {
  addDeliveries,
  addRecipients,
  deleteMails,
  insertBody,
  insertKey,
  insertTags,
  insertUses,
} from './stepwise-sql.ts'

/** Differs from PostgreSQL because neither MySQL nor SQLite can insert within `with`: statements in an order that leaves nothing claimable. */
export function* closeStepwise(entries: readonly NewEntry[], dialect: Dialect): Steps<Added[]> {
  const duplicates = new Map<NewEntry, Added>()
  for (const entry of entries) {
    const first = yield* keep(entry, dialect)
    if (first) duplicates.set(entry, first)
  }
  const fresh = entries.filter((entry) => !duplicates.has(entry))
  if (duplicates.size > 0)
    yield deleteMails(
      dialect,
      [...duplicates.keys()].map(({ mail }) => mail.id),
    )
  const added = fresh.length > 0 ? yield* write(fresh, dialect) : new Map<NewEntry, Added>()
  return entries.flatMap((entry) => duplicates.get(entry) ?? added.get(entry) ?? [])
}

/** Takes the mail's idempotency key, or tells whose it is. */
function* keep(entry: NewEntry, dialect: Dialect): Steps<Added | undefined> {
  const { mail, body } = entry
  if (mail.idempotencyKey === null) return undefined
  yield insertKey(dialect, { key: mail.idempotencyKey, id: mail.id, hash: body.hash })
  try {
    return yield* settleConflict(entry, dialect)
  } catch (error) {
    yield deleteMails(dialect, [mail.id])
    throw error
  }
}

function* write(entries: readonly NewEntry[], dialect: Dialect): Steps<Map<NewEntry, Added>> {
  yield* addContents(entries, dialect)
  const uses = entries.flatMap((entry) => useRows(entry, dialect))
  if (uses.length > 0) yield insertUses(dialect, uses)
  for (const { mail, body } of entries) yield insertBody(dialect, mail.id, body)
  const tags = entries.flatMap(({ mail }) =>
    mail.tags.map((tag) => ({ mail_id: dialect.jsonId(mail.id), tag })),
  )
  if (tags.length > 0) yield insertTags(dialect, tags)
  const suppressed = yield* addRecipients(
    dialect,
    entries.flatMap(({ mail }) => recipientRows(mail, dialect)),
    nowOf(entries),
  )
  const states = yield* addDeliveries(dialect, entries)
  return new Map(entries.map((entry) => [entry, asAdded(entry, states, suppressed)]))
}

function asAdded(
  { mail, body }: NewEntry,
  states: Map<string, string>,
  suppressed: Map<string, string[]>,
): Added {
  const state = states.get(mail.id)
  if (state === undefined)
    throw body.contents.some((content) => !('source' in content))
      ? new PosthasteError('PH_CONTENT_MISSING', body.contents.map(contentId).join(', '))
      : new PosthasteError('PH_TRANSACTION_ENDED')
  return {
    id: mail.id,
    messageId: mail.messageId,
    status: state === 'suppressed' ? 'suppressed' : 'queued',
    suppressed: suppressed.get(mail.id) ?? [],
  }
}

function nowOf(entries: readonly NewEntry[]): number {
  return Math.max(...entries.map(({ mail }) => mail.createdAt))
}
