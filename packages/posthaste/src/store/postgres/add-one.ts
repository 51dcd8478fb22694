import type { Value } from '../../connections/database.ts'
import { contentId, mailOf, type NewEntry, type StoredMail, type StoredMails } from '../add/new-mail.ts'
import { deliveryRow, mailRow, recipientRows } from '../add/rows.ts'
import type { Engine } from '../engine.ts'
import type { StoreGuard } from '../enqueue-store.ts'
import type { Statement } from '../sql.ts'
import type { Steps } from '../statement.ts'
import { addOneName, givenColumns, givenOfRecipient } from './add-one-sql.ts'

/** One call of a function whose plans are kept. */
export function* addOne(
  entry: NewEntry,
  guard: StoreGuard | undefined,
  engine: Engine,
): Steps<StoredMails | undefined> {
  const { rows } = yield callFor(entry, guard, engine)
  const added = rows[0]?.added
  if (added === null) return undefined
  const [state, suppressed]: [StoredMail['state'] | null, string[]] = JSON.parse(String(added))
  return new Map(state === null ? [] : [[entry.mail.id, { state, suppressed }]])
}

/** Every parameter is a text or bytes: drivers bind arrays each in a way of its own. */
function callFor(entry: NewEntry, guard: StoreGuard | undefined, engine: Engine): Statement {
  const { mail, body } = entry
  const given: Record<keyof typeof givenColumns, Value> = {
    ...settingsOf(guard),
    ...mailRow(mailOf(entry), engine),
    ...deliveryRow(entry, engine),
    size: body.size,
    content_ids: body.contents.length > 0 ? JSON.stringify(body.contents.map(contentId)) : null,
  }
  const recipients = recipientRows(mail, engine).flatMap((row) => givenOfRecipient.map((name) => row[name]))
  return {
    sql: `select ${addOneName(engine)}(?::text::text[], ?::text::text[], ?::text::text[],
?::text::uuid[], ?::bytea, ?::bytea) as added`,
    params: [
      arrayOf(Object.keys(givenColumns).map((name) => given[name as keyof typeof givenColumns])),
      arrayOf(recipients),
      mail.tags.length > 0 ? arrayOf(mail.tags) : null,
      body.contents.length > 0 ? arrayOf(new Set(body.contents.map(contentId))) : null,
      body.document,
      body.mime,
    ],
  }
}

/** What must hold, and what is set once it does. */
function settingsOf(guard: StoreGuard | undefined) {
  const own = guard?.by === 'setting' ? guard : undefined
  const outer = own?.outer?.by === 'setting' ? own.outer : undefined
  const [held, taken] = own?.isNew ? [outer, own] : [own, undefined]
  return {
    held_name: held?.name ?? null,
    held_value: held?.token ?? null,
    taken_name: taken?.name ?? null,
    taken_value: taken?.token ?? null,
  }
}

/** An array as PostgreSQL reads it from a text. */
function arrayOf(values: Iterable<Value | undefined>): string {
  return `{${Array.from(values, (value) => (value === null ? 'NULL' : quoted(String(value)))).join(',')}}`
}

function quoted(text: string): string {
  return `"${text.includes('"') || text.includes('\\') ? text.replace(/["\\]/g, '\\$&') : text}"`
}
