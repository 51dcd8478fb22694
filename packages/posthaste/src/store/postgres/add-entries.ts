import { PosthasteError } from '../../errors.ts'
import { duplicateWithin, giveKeysBack, keyName, settleConflict, type TakenKey } from '../add/conflict.ts'
import { contentId, type Enqueued, mailOf, type NewEntry, type StoredMail } from '../add/new-mail.ts'
import { keyTenant, tableOf } from '../add/rows.ts'
import { refuseSuperseded } from '../add/superseded.ts'
import type { Engine } from '../engine.ts'
import type { StoreGuard } from '../enqueue-store.ts'
import { empty, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import { addMany } from './add-many.ts'
import { addOne } from './add-one.ts'

/**
 * Stores all of these mails that are no duplicates, or none.
 *
 * @throws {PH_SUPERSEDED} another mail has the key of the one that is replaced
 * @throws {PH_TRANSACTION_ENDED} the transaction is no longer that of the guard
 * @throws {PH_IDEMPOTENCY_CONFLICT} the key belongs to another mail
 * @throws {PH_CONTENT_MISSING} a stored content is gone
 */
export function* addEntries(
  entries: readonly NewEntry[],
  guard: StoreGuard | undefined,
  engine: Engine,
): Steps<Enqueued[]> {
  const duplicates = new Map<NewEntry, Enqueued>()
  const taken: TakenKey[] = []
  try {
    for (;;) {
      const left = entries.filter((entry) => !duplicates.has(entry))
      const added = yield* addLeft(left, guard, { engine, taken })
      if ('stored' in added)
        return entries.flatMap((entry) => duplicates.get(entry) ?? added.stored.get(entry) ?? [])
      for (const [entry, first] of yield* duplicatesAmong(left, added.fresh, { engine, taken }))
        duplicates.set(entry, first)
    }
  } catch (error) {
    if (error instanceof PosthasteError && !endTransaction.has(error.code)) {
      yield* giveKeysBack(taken, engine)
      yield* returnKeys(entries, engine)
    }
    throw error
  }
}

/** With these nothing of it is left, and nothing more can be said in it. */
const endTransaction: ReadonlySet<string> = new Set(['PH_TRANSACTION_ENDED', 'PH_DATABASE_RIGHTS'])

type Added =
  | { readonly stored: ReadonlyMap<NewEntry, Enqueued> }
  /** Nothing was stored. */
  | { readonly fresh: ReadonlySet<string> }

interface Adding {
  readonly engine: Engine
  /** Keys that mails of this call took over. */
  readonly taken: TakenKey[]
}

function* addLeft(
  left: readonly NewEntry[],
  guard: StoreGuard | undefined,
  { engine, taken }: Adding,
): Steps<Added> {
  const [one, ...more] = left
  if (!one) return { stored: new Map() }
  if (more.length === 0) return { stored: new Map([[one, yield* addAlone(one, guard, { engine, taken })]]) }
  const added = yield* addMany(left, guard, engine)
  if (!added) throw new PosthasteError('PH_TRANSACTION_ENDED')
  if (added.stored.size < left.length) return { fresh: added.fresh }
  return { stored: new Map(left.flatMap((entry) => storedOf(entry, added.stored.get(entry.mail.id)))) }
}

function storedOf(entry: NewEntry, stored: StoredMail | undefined): [NewEntry, Enqueued][] {
  if (!stored) return []
  const { id, messageId } = mailOf(entry)
  const { state, suppressed } = stored
  return [[entry, { id, messageId, status: state, duplicate: false, suppressed }]]
}

/** Those of the mails whose key another one has, outside or before them in the list. */
function* duplicatesAmong(
  left: readonly NewEntry[],
  fresh: ReadonlySet<string>,
  { engine, taken }: Adding,
): Steps<Map<NewEntry, Enqueued>> {
  if (left.every(({ mail }) => fresh.has(mail.id))) throw contentMissing(left)
  const duplicates = new Map<NewEntry, Enqueued>()
  const firsts = new Map<string, NewEntry>()
  for (const entry of left) {
    const isFresh = fresh.has(entry.mail.id)
    if (!isFresh) yield* refuseSuperseded(entry, engine, empty)
    if (entry.mail.idempotencyKey === null) continue
    const before = firsts.get(keyName(entry.mail))
    const first = before
      ? duplicateWithin(before, entry)
      : isFresh
        ? undefined
        : yield* settleConflict(entry, { engine, lock: empty, taken })
    if (first) duplicates.set(entry, first)
    else firsts.set(keyName(entry.mail), entry)
  }
  return duplicates
}

function* addAlone(
  entry: NewEntry,
  guard: StoreGuard | undefined,
  { engine, taken }: Adding,
): Steps<Enqueued> {
  for (;;) {
    const stored = yield* addOne(entry, guard, engine)
    if (!stored) throw new PosthasteError('PH_TRANSACTION_ENDED')
    const [added] = storedOf(entry, stored.get(entry.mail.id))
    if (added) return added[1]
    yield* refuseSuperseded(entry, engine, empty)
    if (entry.mail.idempotencyKey === null || (yield* hasItsKey(entry, engine))) throw contentMissing([entry])
    const first = yield* settleConflict(entry, { engine, lock: empty, taken })
    if (first) return first
  }
}

function* hasItsKey({ mail }: NewEntry, engine: Engine): Steps<boolean> {
  const { rows } = yield* ask(
    sql`select 1 as ours from ${engine.tables.idempotency}
where tenant = ${keyTenant(mail)} and idempotency_key = ${mail.idempotencyKey} and mail_id = ${mail.id}`,
  )
  return rows.length > 0
}

/** The keys of mails that are not stored. */
function* returnKeys(entries: readonly NewEntry[], engine: Engine): Steps<void> {
  const rows = entries.flatMap(({ mail: { id, tenant, idempotencyKey: key } }) =>
    key === null ? [] : [{ id, tenant: keyTenant({ tenant }), key_text: key }],
  )
  if (rows.length === 0) return
  const columns = { id: 'id', tenant: 'text', key_text: 'text' } as const
  yield sql`delete from ${engine.tables.idempotency} i
using ${tableOf(engine, 'k', columns, rows)}
where i.tenant = k.tenant and i.idempotency_key = k.key_text and i.mail_id = k.id`
}

function contentMissing(entries: readonly NewEntry[]): PosthasteError {
  const contents = entries.flatMap(({ body }) => body.contents)
  const given = contents.filter((content) => !('source' in content))
  return new PosthasteError(
    'PH_CONTENT_MISSING',
    (given.length > 0 ? given : contents).map(contentId).join(', '),
  )
}
