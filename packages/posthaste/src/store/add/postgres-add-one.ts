import type { Value } from '../../connections/database.ts'
import type { Engine } from '../engine.ts'
import type { Statement } from '../sql.ts'
import type { Steps } from '../statement.ts'
import type { Hold } from './hold.ts'
import { contentId, mailOf, type NewEntry, type StoredMail, type StoredMails } from './new-mail.ts'
import { addOneName, givenColumns, givenOfRecipient } from './postgres-add-one-sql.ts'
import { deliveryRow, mailRow, recipientRows } from './rows.ts'

/** One call of a function whose plans are kept. */
export function* addOne(entry: NewEntry, hold: Hold, engine: Engine): Steps<StoredMails | undefined> {
  const { rows } = yield callFor(entry, hold, engine)
  const added = rows[0]?.added
  if (added === null) return undefined
  const [state, suppressed]: [StoredMail['state'] | null, string[]] = JSON.parse(String(added))
  return new Map(state === null ? [] : [[entry.mail.id, { state, suppressed }]])
}

/** Every parameter is a text or bytes: drivers bind arrays each in a way of its own. */
function callFor(entry: NewEntry, hold: Hold, engine: Engine): Statement {
  const { mail, body } = entry
  const given: Record<keyof typeof givenColumns, Value> = {
    ...settingsOf(hold),
    ...mailRow(mailOf(entry), engine),
    ...deliveryRow(entry, engine),
    size: body.size,
    content_ids: body.contents.length > 0 ? JSON.stringify(body.contents.map(contentId)) : null,
  }
  const recipients = recipientRows(mail, engine).flatMap((row) => givenOfRecipient.map((name) => row[name]))
  return {
    sql: `select ${addOneName(engine)}(?::text::text[], ?::text::text[], ?::text::text[], ?::text::uuid[], ?::bytea, ?::bytea) as added`,
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

/** What is to be held, and what is to be taken once it is. */
function settingsOf(hold: Hold) {
  const own = hold.by === 'setting' ? hold : undefined
  const held = own?.isNew ? own.inside : own
  const taken = own?.isNew ? own : undefined
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
