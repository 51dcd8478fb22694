import type { Executor } from '../../connections/database.ts'
import { attemptColumns, attemptRow, settleRows } from '../delivery/settle-rows.ts'
import { attemptSql, deliverySql, writeChanges } from '../delivery/stepwise-settle.ts'
import type { Engine, JsonColumns } from '../engine.ts'
import { endsErased, eraseEnded } from '../erase.ts'
import { raw, type Sql } from '../sql.ts'
import type { Settling, Turn } from '../store.ts'

/** The update itself tells which claims still held. Nothing is locked before it: SQLite has one writer. */
export async function sqliteSettle(
  tx: Executor,
  { settle, now }: Turn,
  engine: Engine,
): Promise<Set<string>> {
  if (settle.length === 0) return new Set()
  const { rows } = await tx.query(
    `${deliverySql(engine, "and d.token = g.token and d.state = 'sending'")} returning mail_id`,
    [JSON.stringify(settleRows(settle, now, engine))],
  )
  const held = new Set(rows.map(({ mail_id }) => engine.readId(mail_id)))
  const mine = settle.filter(({ settlement }) => held.has(settlement.mailId))
  await writeChanges(tx, mine, { now, engine })
  await insertAttempts(tx, mine, engine)
  await eraseEnded(tx, endsErased(settle, held), engine)
  return held
}

const attemptNames = Object.keys(attemptColumns) as (keyof typeof attemptColumns)[]

/** Row by row: no server is far away, and a kept statement is quicker than 17 columns of each row read from JSON. */
async function insertAttempts(tx: Executor, settle: readonly Settling[], engine: Engine): Promise<void> {
  const statement = attemptSql({ ...engine, jsonRows: oneRow })
  for (const { attempt } of settle) {
    if (!attempt) continue
    const row = attemptRow(attempt, engine)
    await tx.query(
      statement,
      attemptNames.map((name) => row[name]),
    )
  }
}

function oneRow(alias: string, columns: JsonColumns): Sql {
  return raw(
    `(select ${Object.keys(columns)
      .map((name) => `? as ${name}`)
      .join(', ')}) as ${alias}`,
  )
}
