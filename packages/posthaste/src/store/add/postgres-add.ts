import type { Value } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { Dialect } from '../dialect.ts'
import { ask, type Steps } from '../statement.ts'
import type { Opening } from './add.ts'
import { settleConflict } from './conflict.ts'
import { addContents, useRows } from './content-steps.ts'
import { type Added, contentId, type NewEntry } from './new-mail.ts'
import { postgresAddSql } from './postgres-add-sql.ts'
import { deliveryRow, mailRow, recipientRows } from './rows.ts'

/** Everything but large content in one statement, so that a failure, caught or not, leaves nothing. */
export function* closePostgres(
  entries: readonly NewEntry[],
  opening: Opening,
  dialect: Dialect,
): Steps<Added[]> {
  yield* addContents(entries, dialect)
  const { rows } = yield* ask(postgresAddSql(dialect, entries.length), params(entries, opening, dialect))
  const answer = rows[0]
  if (Number(answer?.open) === 0)
    throw new PosthasteError(opening.startedAt ? 'PH_TRANSACTION_ENDED' : 'PH_NO_TRANSACTION')
  const states = new Map(parse<[string, string]>(answer?.states))
  const suppressed = parse<[string, string]>(answer?.suppressed)
  const added: Added[] = []
  for (const entry of entries) {
    const state = states.get(entry.mail.id)
    added.push(
      state === undefined ? yield* missing(entry, opening, dialect) : addedAs(entry, state, suppressed),
    )
  }
  return added
}

function addedAs({ mail }: NewEntry, state: string, suppressed: [string, string][]): Added {
  return {
    id: mail.id,
    messageId: mail.messageId,
    status: state === 'suppressed' ? 'suppressed' : 'queued',
    suppressed: suppressed.filter(([id]) => id === mail.id).map(([, address]) => address),
  }
}

function* missing(entry: NewEntry, opening: Opening, dialect: Dialect): Steps<Added> {
  if (entry.mail.idempotencyKey === null) throw new PosthasteError('PH_CONTENT_MISSING', contentNames(entry))
  const first = yield* settleConflict(entry, dialect)
  if (first) return first
  const [again] = yield* closePostgres(
    [{ ...entry, body: { ...entry.body, contents: withoutSources(entry) } }],
    opening,
    dialect,
  )
  if (!again) throw new PosthasteError('PH_SERIALIZATION')
  return again
}

/** Their chunks were written with the first try. */
function withoutSources(entry: NewEntry) {
  return entry.body.contents.map((content) => ({ posthasteContent: contentId(content), size: 0, sha256: '' }))
}

function contentNames({ body }: NewEntry): string {
  return body.contents.map(contentId).join(', ')
}

function params(entries: readonly NewEntry[], opening: Opening, dialect: Dialect): Value[] {
  const mails = entries.map((entry) => ({ ...mailRow(entry.mail, dialect), ...deliveryRow(entry, dialect) }))
  return [
    JSON.stringify(mails),
    opening.startedAt,
    opening.alone ? 1 : 0,
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
