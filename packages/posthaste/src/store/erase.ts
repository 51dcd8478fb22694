import type { Executor, Row } from '../connections/database.ts'
import { dropBodies } from './drop-bodies.ts'
import type { Engine } from './engine.ts'
import { deleteGiven, fromGiven, idsParam, updateGiven } from './given-ids.ts'
import { raw, run } from './sql.ts'
import type { Settling } from './store.ts'

/** What a delivery says of the mail's content: whether it is there, and what goes when the mail ends. */
export const bodyFates = {
  gone: 0,
  stays: 1,
  /** Sensitive mail: content, subject and metadata go. */
  goes: 2,
  /** A person of it was forgotten: so do its sender, and what servers said. */
  goesWithPersons: 3,
} as const

/** True of every row. The index on ended mail begins with this column, and is used where the column is named. */
export const anyBody = raw(`has_body in (${Object.values(bodyFates).join(', ')})`)

const goes = `has_body in (${bodyFates.goes}, ${bodyFates.goesWithPersons})`

/** Of these mails, erases those that have ended and whose content goes then. */
export async function eraseEnded(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  if (ids.length === 0) return
  const { rows } = await tx.query(
    `select d.mail_id, d.has_body
     ${fromGiven(engine, engine.tables.delivery, 'mail_id')}
     where d.${goes} and d.settled_at is not null`,
    [idsParam(engine, ids)],
  )
  await eraseRows(tx, rows, engine)
}

/** The same of what ended in an app's transaction, or was under way when a person was forgotten; gives how many. */
export async function eraseDue(tx: Executor, limit: number, engine: Engine): Promise<number> {
  const { rows } = await run(
    tx,
    raw(`select mail_id, has_body
      from ${engine.tables.delivery}
      where ${goes} and settled_at is not null
      limit ${Math.trunc(limit)}${engine.locks.freeRows}`),
  )
  await eraseRows(tx, rows, engine)
  return rows.length
}

async function eraseRows(tx: Executor, rows: readonly Row[], engine: Engine): Promise<void> {
  const idsOf = (some: readonly Row[]) => some.map(({ mail_id }) => engine.readId(mail_id))
  const persons = rows.filter(({ has_body }) => Number(has_body) === bodyFates.goesWithPersons)
  await eraseSenders(tx, idsOf(persons), engine)
  await eraseAnswers(tx, idsOf(persons), engine)
  await update(tx, { ids: idsOf(persons), engine, table: 'recipient', set: { reply: 'null' } })
  await eraseContents(tx, idsOf(rows), engine)
}

/** What the mails say, in every form in which it is stored. */
export async function eraseContents(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  await eraseSubjects(tx, ids, engine)
  await update(tx, { ids, engine, table: 'mail', set: { smtp: 'null' } })
  await dropBodies(tx, ids, engine)
}

/** What only the record needs: mail that is still to be sent is sent with its subject for all that. */
export async function eraseSubjects(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  const set = { subject: "''", subject_key: "''", metadata: 'null' }
  await update(tx, { ids, engine, table: 'mail', set })
}

export async function eraseSenders(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  await update(tx, { ids, engine, table: 'mail', set: { sender: "''" } })
}

/** Whom the servers were asked about, and what they said. */
export async function eraseAnswers(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  const set = { reply: 'null', recipients: 'null' }
  await update(tx, { ids, engine, table: 'attempt', set })
  if (ids.length > 0)
    await tx.query(deleteGiven(engine, engine.tables.refusal, 'mail_id'), [idsParam(engine, ids)])
}

/** Of a turn: asked only where something must go, for nearly all mail keeps its content. */
export function endsErased(settle: readonly Settling[], settled: ReadonlySet<string>): string[] {
  return settle
    .filter(({ settlement }) => settlement.dropBody && settled.has(settlement.mailId))
    .map(({ settlement }) => settlement.mailId)
}

interface Update {
  readonly ids: readonly string[]
  readonly engine: Engine
  readonly table: 'mail' | 'attempt' | 'recipient'
  readonly set: Readonly<Record<string, string>>
}

async function update(tx: Executor, { ids, engine, table, set }: Update): Promise<void> {
  if (ids.length === 0) return
  const key = table === 'mail' ? 'id' : 'mail_id'
  const statement = updateGiven(engine, { table: engine.tables[table], key, set })
  await tx.query(statement, [idsParam(engine, ids)])
}
