import type { Value } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { Dialect } from '../dialect.ts'
import { ask, type Statement, type Steps } from '../statement.ts'
import { settleConflict } from './conflict.ts'
import { addContents, useRows, type WrittenContents } from './content-steps.ts'
import { type Hold, stillHeld } from './hold.ts'
import { type Added, contentId, mailOf, type NewEntry } from './new-mail.ts'
import { postgresAddSql } from './postgres-add-sql.ts'
import { deliveryRow, mailRow, recipientRows } from './rows.ts'

interface Adding {
  readonly hold: Hold
  readonly written: WrittenContents
}

/**
 * Everything but large content in one statement, so that a failure, caught or not, leaves nothing that could be claimed.
 *
 * @throws {PH_TRANSACTION_ENDED} the transaction is no longer the one that is held
 * @throws {PH_IDEMPOTENCY_CONFLICT} the key belongs to another mail
 * @throws {PH_CONTENT_MISSING} a stored content is gone
 */
export function* addPostgres(
  entries: readonly NewEntry[],
  { hold, written }: Adding,
  dialect: Dialect,
): Steps<Added[]> {
  const held = stillHeld(hold, dialect)
  yield* addContents(entries, { written, held }, dialect)
  return yield* addRows(entries, held, dialect)
}

function* addRows(entries: readonly NewEntry[], held: Statement, dialect: Dialect): Steps<Added[]> {
  const room = roomFor(entries.length)
  const { rows } = yield* ask(postgresAddSql(dialect, room, held.sql), [
    ...held.params,
    ...params(entries, dialect),
    ...Array<null>(6 * (room - entries.length)).fill(null),
  ])
  if (Number(rows[0]?.open) === 0) throw new PosthasteError('PH_TRANSACTION_ENDED')
  const states = new Map(parse<[string, string]>(rows[0]?.states))
  const suppressed = parse<[string, string]>(rows[0]?.suppressed)
  const added: Added[] = []
  for (const entry of entries) {
    const state = states.get(entry.mail.id)
    added.push(state === undefined ? yield* missing(entry, held, dialect) : addedAs(entry, state, suppressed))
  }
  return added
}

/** A power of two: so few texts are kept and planned, however many mails come at a time. */
function roomFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count))
}

function addedAs(entry: NewEntry, state: string, suppressed: [string, string][]): Added {
  const mail = mailOf(entry)
  return {
    id: mail.id,
    messageId: mail.messageId,
    status: state === 'suppressed' ? 'suppressed' : 'queued',
    suppressed: suppressed.filter(([id]) => id === mail.id).map(([, address]) => address),
  }
}

/** Another mail has its key, or a content that it names is gone. */
function* missing(entry: NewEntry, held: Statement, dialect: Dialect): Steps<Added> {
  if (entry.mail.idempotencyKey === null) throw new PosthasteError('PH_CONTENT_MISSING', contentNames(entry))
  const first = yield* settleConflict(entry, dialect)
  if (first) return first
  if (yield* isOurs(entry, dialect)) {
    const [again] = yield* addAgain(entry, held, dialect)
    if (again) return again
  }
  return yield* missing(entry, held, dialect)
}

function* isOurs({ mail }: NewEntry, dialect: Dialect): Steps<boolean> {
  const { rows } = yield* ask(
    `select 1 as ours from ${dialect.tables.idempotency} where idempotency_key = ? and mail_id = ?`,
    [mail.idempotencyKey, mail.id],
  )
  return rows.length > 0
}

function* addAgain(entry: NewEntry, held: Statement, dialect: Dialect): Steps<Added[]> {
  const { rows } = yield* ask(postgresAddSql(dialect, 1, held.sql), [
    ...held.params,
    ...params([entry], dialect),
  ])
  if (Number(rows[0]?.open) === 0) throw new PosthasteError('PH_TRANSACTION_ENDED')
  const [state] = parse<[string, string]>(rows[0]?.states)
  if (!state) throw new PosthasteError('PH_CONTENT_MISSING', contentNames(entry))
  return [addedAs(entry, state[1], parse(rows[0]?.suppressed))]
}

function contentNames({ body }: NewEntry): string {
  return body.contents.map(contentId).join(', ')
}

function params(entries: readonly NewEntry[], dialect: Dialect): Value[] {
  const mails = entries.map((entry) => ({
    ...mailRow(mailOf(entry), dialect),
    ...deliveryRow(entry, dialect),
  }))
  return [
    JSON.stringify(mails),
    JSON.stringify(entries.flatMap(({ mail }) => recipientRows(mail, dialect))),
    JSON.stringify(entries.flatMap(({ mail }) => mail.tags.map((tag) => ({ mail_id: mail.id, tag })))),
    JSON.stringify(entries.flatMap((entry) => useRows(entry, dialect))),
    ...entries.flatMap(({ mail, body }) => [
      mail.id,
      body.document,
      body.mime,
      body.mime?.length ?? null,
      body.size,
      body.contents.length > 0 ? JSON.stringify(body.contents.map(contentId)) : null,
    ]),
  ]
}

function parse<T>(json: unknown): T[] {
  if (json === null || json === undefined) return []
  return (typeof json === 'string' ? JSON.parse(json) : json) as T[]
}
