import { PosthasteError } from '../../errors.ts'
import { freeKey, lockKey, settleConflict } from '../add/conflict.ts'
import { addContents, writeContent } from '../add/contents.ts'
import { contentId, type Enqueued, mailOf, type NewEntry } from '../add/new-mail.ts'
import { keyTenant } from '../add/rows.ts'
import { refuseSuperseded } from '../add/superseded.ts'
import type { Engine } from '../engine.ts'
import type { EnqueueStore, StoreGuard } from '../enqueue-store.ts'
import { identitySql } from '../server.ts'
import { empty, sql } from '../sql.ts'
import { answer, ask, runSteps, type Steps } from '../statement.ts'
import { addMany } from './add-many.ts'
import { addOne } from './add-one.ts'
import { acquireSetting, settingCondition } from './setting-guard.ts'

/**
 * Everything but large content is one statement, so that a failure, caught or not, leaves nothing that could be
 * claimed.
 */
export function postgresEnqueueStore(engine: Engine): EnqueueStore {
  const inserting = (entries: readonly NewEntry[], guard?: StoreGuard) => () =>
    addEntries(entries, guard, engine)
  return {
    *addMails(entries, written) {
      yield* addContents(entries, { written, condition: settingCondition(undefined) }, engine)
      return yield* inserting(entries)()
    },
    isOneStatement,
    *serverIdentity() {
      const { rows } = yield* ask(identitySql)
      return String(rows[0]?.identity)
    },
    *acquireGuard(guard, site) {
      return guard.by === 'setting' ? yield* acquireSetting(guard, site) : ''
    },
    *guardHolds(guard) {
      return (yield* ask(sql`select 1 as held where ${settingCondition(guard)}`)).rows.length > 0
    },
    // The condition of the one statement tells.
    isCommitted: () => answer(false),
    *releaseGuard() {},
    *insertContents(entries, { guard, written }) {
      yield* addContents(entries, { written, condition: settingCondition(guard) }, engine)
      return inserting(entries, guard)
    },
    *deleteMails() {},
    putContent: (content, fate) => writeContent(content, fate, engine),
    placeholders: 'numbered',
    async collectStatements(entry, executor) {
      await runSteps(refuseSuperseded(entry, engine, empty), executor)
      // What follows the one statement only reads what came of it.
      const { value, done } = inserting([entry])().next()
      const { mail } = entry
      const freeing = mail.idempotencyKey === null ? [] : [lockKey(mail, engine), freeKey(mail, engine)]
      return done ? [] : [...freeing, value]
    },
  }
}

/** Nothing of these needs a statement before or after the one, and none is stored where another is refused. */
function isOneStatement(entries: readonly NewEntry[]): boolean {
  const mayBeRefused = entries.length > 1 && entries.some(({ mail }) => mail.replaces !== null)
  return (
    !mayBeRefused &&
    entries.every(({ mail, body }) => mail.idempotencyKey === null && body.contents.length === 0)
  )
}

/**
 * @throws {PH_SUPERSEDED} another mail has the key of the one that is replaced
 * @throws {PH_TRANSACTION_ENDED} the transaction is no longer that of the guard
 * @throws {PH_IDEMPOTENCY_CONFLICT} the key belongs to another mail
 * @throws {PH_CONTENT_MISSING} a stored content is gone
 */
function* addEntries(
  entries: readonly NewEntry[],
  guard: StoreGuard | undefined,
  engine: Engine,
): Steps<Enqueued[]> {
  const stored = yield* addRows(entries, guard, engine)
  const added: Enqueued[] = []
  for (const entry of entries) added.push(stored(entry) ?? (yield* missing(entry, guard, engine)))
  return added
}

/** Tells what became of each mail; undefined: it was not stored. */
function* addRows(
  entries: readonly NewEntry[],
  guard: StoreGuard | undefined,
  engine: Engine,
): Steps<(entry: NewEntry) => Enqueued | undefined> {
  const [one, ...more] = entries
  const stored =
    one && more.length === 0 ? yield* addOne(one, guard, engine) : yield* addMany(entries, guard, engine)
  if (!stored) throw new PosthasteError('PH_TRANSACTION_ENDED')
  return (entry) => {
    const { id, messageId } = mailOf(entry)
    const { state, suppressed } = stored.get(id) ?? {}
    return state && suppressed && { id, messageId, status: state, duplicate: false, suppressed }
  }
}

/** Another mail has its key, or that of the one that it replaces, or a content that it names is gone. */
function* missing(entry: NewEntry, guard: StoreGuard | undefined, engine: Engine): Steps<Enqueued> {
  yield* refuseSuperseded(entry, engine, empty)
  if (entry.mail.idempotencyKey === null) throw contentMissing(entry)
  const first = yield* settleConflict(entry, engine, empty)
  if (first) return first
  if (yield* isOurs(entry, engine)) {
    const addedOf = yield* addRows([entry], guard, engine)
    const added = addedOf(entry)
    if (!added) throw contentMissing(entry)
    return added
  }
  return yield* missing(entry, guard, engine)
}

function* isOurs({ mail }: NewEntry, engine: Engine): Steps<boolean> {
  const { rows } = yield* ask(
    sql`select 1 as ours from ${engine.tables.idempotency}
where tenant = ${keyTenant(mail)} and idempotency_key = ${mail.idempotencyKey} and mail_id = ${mail.id}`,
  )
  return rows.length > 0
}

function contentMissing({ body }: NewEntry): PosthasteError {
  return new PosthasteError('PH_CONTENT_MISSING', body.contents.map(contentId).join(', '))
}
