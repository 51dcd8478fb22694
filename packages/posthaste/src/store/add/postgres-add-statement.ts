import type { Value } from '../../connections/database.ts'
import type { Dialect } from '../dialect.ts'
import type { Statement } from '../statement.ts'
import { useRows } from './content-steps.ts'
import { type Hold, stillHeld } from './hold.ts'
import { contentId, mailOf, type NewEntry } from './new-mail.ts'
import { addFunctionCall } from './postgres-add-function.ts'
import { postgresAddSql } from './postgres-add-sql.ts'
import { deliveryRow, mailRow, recipientRows } from './rows.ts'

export interface Adding {
  readonly hold: Hold
  /** The version of the tables. */
  readonly version: number
}

/** The first version whose tables come with the function. */
const withFunction = 2

/** What stores these mails: one statement, or the call of the function that is one. */
export function addStatement(
  entries: readonly NewEntry[],
  { hold, version }: Adding,
  dialect: Dialect,
): Statement {
  const plain = entries.every(isPlain)
  if (entries.length === 1 && version >= withFunction)
    return {
      sql: addFunctionCall(dialect, { takes: hold.by === 'setting' && hold.isNew === true }),
      params: [
        ...settingsOf(hold),
        ...rowParams(entries, dialect),
        ...moreParams(entries, dialect),
        plain ? 1 : 0,
      ],
    }
  const held = stillHeld(hold, dialect)
  const room = roomFor(entries.length)
  return {
    sql: postgresAddSql(dialect, { shape: plain ? 'plain' : 'full', room, held: held.sql }),
    params: [
      ...held.params,
      ...rowParams(entries, dialect),
      ...Array<null>(6 * (room - entries.length)).fill(null),
      ...(plain ? [] : moreParams(entries, dialect)),
    ],
  }
}

function isPlain({ mail, body }: NewEntry): boolean {
  return (
    mail.idempotencyKey === null &&
    mail.replaces === null &&
    mail.tags.length === 0 &&
    body.contents.length === 0
  )
}

function settingsOf(hold: Hold): Value[] {
  if (hold.by !== 'setting') return [null, null]
  const own = [hold.name, hold.token]
  return hold.isNew ? [...own, hold.inside?.name ?? null, hold.inside?.token ?? null] : own
}

/** A power of two: so few texts are kept and planned, however many mails come at a time. */
function roomFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count))
}

function rowParams(entries: readonly NewEntry[], dialect: Dialect): Value[] {
  const mails = entries.map((entry) => ({
    ...mailRow(mailOf(entry), dialect),
    ...deliveryRow(entry, dialect),
  }))
  return [
    JSON.stringify(mails),
    JSON.stringify(entries.flatMap(({ mail }) => recipientRows(mail, dialect))),
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

function moreParams(entries: readonly NewEntry[], dialect: Dialect): Value[] {
  return [
    JSON.stringify(entries.flatMap(({ mail }) => mail.tags.map((tag) => ({ mail_id: mail.id, tag })))),
    JSON.stringify(entries.flatMap((entry) => useRows(entry, dialect))),
  ]
}
