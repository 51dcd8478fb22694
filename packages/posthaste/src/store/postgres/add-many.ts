import type { Value } from '../../connections/database.ts'
import { useRows } from '../add/contents.ts'
import { contentId, mailOf, type NewEntry, type StoredMail, type StoredMails } from '../add/new-mail.ts'
import { deliveryRow, mailRow, recipientRows } from '../add/rows.ts'
import type { Engine } from '../engine.ts'
import type { StoreGuard } from '../enqueue-store.ts'
import type { Statement } from '../sql.ts'
import type { Steps } from '../statement.ts'
import { postgresAddSql } from './add-many-sql.ts'
import { settingCondition } from './setting-guard.ts'

/** One statement, planned each time, for tables of every version. */
export function* addMany(
  entries: readonly NewEntry[],
  guard: StoreGuard | undefined,
  engine: Engine,
): Steps<StoredMails | undefined> {
  const { rows } = yield statementFor(entries, guard, engine)
  if (Number(rows[0]?.open) === 0) return undefined
  const suppressed = parse<[string, string]>(rows[0]?.suppressed)
  const addressesOf = (id: string) =>
    suppressed.filter(([mailId]) => mailId === id).map(([, address]) => address)
  return new Map(
    parse<[string, StoredMail['state']]>(rows[0]?.states).map(([id, state]) => [
      id,
      { state, suppressed: addressesOf(id) },
    ]),
  )
}

function statementFor(
  entries: readonly NewEntry[],
  guard: StoreGuard | undefined,
  engine: Engine,
): Statement {
  const plain = entries.every(isPlain)
  const held = settingCondition(guard)
  const room = roomFor(entries.length)
  return {
    sql: postgresAddSql(engine, { shape: plain ? 'plain' : 'full', room, held: held.sql }),
    params: [
      ...held.params,
      ...rowParams(entries, engine),
      ...Array<null>(6 * (room - entries.length)).fill(null),
      ...(plain ? [] : moreParams(entries, engine)),
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

/** A power of two: so few texts are kept and planned, however many mails come at a time. */
function roomFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count))
}

function rowParams(entries: readonly NewEntry[], engine: Engine): Value[] {
  const mails = entries.map((entry) => ({
    ...mailRow(mailOf(entry), engine),
    ...deliveryRow(entry, engine),
  }))
  return [
    JSON.stringify(mails),
    JSON.stringify(entries.flatMap(({ mail }) => recipientRows(mail, engine))),
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

function moreParams(entries: readonly NewEntry[], engine: Engine): Value[] {
  return [
    JSON.stringify(entries.flatMap(({ mail }) => mail.tags.map((tag) => ({ mail_id: mail.id, tag })))),
    JSON.stringify(entries.flatMap((entry) => useRows(entry, engine))),
  ]
}

function parse<T>(json: unknown): T[] {
  if (json === null || json === undefined) return []
  return (typeof json === 'string' ? JSON.parse(json) : json) as T[]
}
