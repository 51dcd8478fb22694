import type { Engine } from '../../src/store/engine.ts'
import { tableNames } from '../../src/store/tables.ts'
import type { OpenStore } from './store.ts'

type Tables = Pick<OpenStore, 'database' | 'engine'>

/** The delivery as it stands in its row. */
export async function deliveryRow(
  { database, engine }: Tables,
  id: string,
): Promise<Record<string, unknown>> {
  const { rows } = await database.query(`select * from ${engine.tables.delivery} where mail_id = ?`, [
    engine.id(id),
  ])
  if (!rows[0]) throw new Error(`no delivery ${id}`)
  const numbers = [
    'lane',
    'due_at',
    'expires_at',
    'attempts',
    'token',
    'claimed_at',
    'dispatched_at',
    'unknowns',
    'rescues',
    'settled_at',
    'has_body',
  ]
  return Object.fromEntries(
    Object.entries(rows[0]).map(([name, value]) => [
      name,
      numbers.includes(name) && value !== null ? Number(value) : value,
    ]),
  )
}

export async function recipientStates({ database, engine }: Tables, id: string): Promise<string[]> {
  const { rows } = await database.query(
    `select state from ${engine.tables.recipient} where mail_id = ? order by seq`,
    [engine.id(id)],
  )
  return rows.map(({ state }) => String(state))
}

export async function attemptRows({ database, engine }: Tables, id: string) {
  const { rows } = await database.query(
    `select * from ${engine.tables.attempt} where mail_id = ? order by token`,
    [engine.id(id)],
  )
  return rows.map((row) => ({
    ...row,
    token: Number(row.token),
    outcome: String(row.outcome),
    reply: row.reply as string | null,
  }))
}

export async function countRows(
  { database, engine }: Tables,
  table: keyof Engine['tables'],
): Promise<number> {
  const { rows } = await database.query(`select count(*) as n from ${engine.tables[table]}`)
  return Number(rows[0]?.n)
}

/** As good as new, and faster to have. */
export async function emptyTables({ database, engine }: Tables): Promise<void> {
  for (const table of tableNames)
    if (table !== 'migration' && table !== 'meta') await database.query(`delete from ${engine.tables[table]}`)
}
