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
  const contents = body.contents.map(contentId)
  const recipients = recipientRows(mail, engine).flatMap((row) => givenOfRecipient.map((name) => row[name]))
  return {
    sql: callOf(engine),
    params: [
      arrayOf(given(entry, guard, engine)),
      arrayOf(recipients),
      mail.tags.length > 0 ? arrayOf(mail.tags) : null,
      contents.length > 0 ? arrayOf([...new Set(contents)]) : null,
      body.document,
      body.mime,
    ],
  }
}

const calls = new WeakMap<Engine, string>()

function callOf(engine: Engine): string {
  const known = calls.get(engine)
  if (known !== undefined) return known
  const call = `select ${addOneName(engine)}(?::text::text[], ?::text::text[], ?::text::text[],
?::text::uuid[], ?::bytea, ?::bytea) as added`
  calls.set(engine, call)
  return call
}

type GivenName = keyof typeof givenColumns
const givenNames = Object.keys(givenColumns) as GivenName[]

/** Looked up in each row: one object of so many fields, put together for every mail, is slow. */
function given(entry: NewEntry, guard: StoreGuard | undefined, engine: Engine): Value[] {
  const { body } = entry
  const content_ids = body.contents.length > 0 ? JSON.stringify(body.contents.map(contentId)) : null
  const rows: Partial<Record<GivenName, Value>>[] = [
    deliveryRow(entry, engine),
    mailRow(mailOf(entry), engine),
    settingsOf(guard),
    { size: body.size, content_ids },
  ]
  return givenNames.map((name) => {
    for (const row of rows) if (name in row) return row[name] ?? null
    throw new Error(`${name} is not given`)
  })
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
function arrayOf(values: readonly Value[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(String(value)))).join(',')}}`
}

function quoted(text: string): string {
  return `"${text.includes('"') || text.includes('\\') ? text.replace(/["\\]/g, '\\$&') : text}"`
}
