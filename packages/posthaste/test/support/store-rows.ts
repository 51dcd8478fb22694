import type { Dialect } from '../../src/store/dialect.ts'
import { tableNames } from '../../src/store/tables.ts'
import type { OpenStore } from './store.ts'

type Tables = Pick<OpenStore, 'database' | 'dialect'>

/** The delivery as it stands in its row. */
export async function deliveryRow(
  { database, dialect }: Tables,
  id: string,
): Promise<Record<string, unknown>> {
  const { rows } = await database.query(`select * from ${dialect.tables.delivery} where mail_id = ?`, [
    dialect.id(id),
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

export async function recipientStates({ database, dialect }: Tables, id: string): Promise<string[]> {
  const { rows } = await database.query(
    `select state from ${dialect.tables.recipient} where mail_id = ? order by seq`,
    [dialect.id(id)],
  )
  return rows.map(({ state }) => String(state))
}

export async function attemptRows({ database, dialect }: Tables, id: string) {
  const { rows } = await database.query(
    `select * from ${dialect.tables.attempt} where mail_id = ? order by token`,
    [dialect.id(id)],
  )
  return rows.map((row) => ({
    ...row,
    token: Number(row.token),
    outcome: String(row.outcome),
    reply: row.reply as string | null,
  }))
}

export async function countRows(
  { database, dialect }: Tables,
  table: keyof Dialect['tables'],
): Promise<number> {
  const { rows } = await database.query(`select count(*) as n from ${dialect.tables[table]}`)
  return Number(rows[0]?.n)
}

/** As good as new, and faster to have. */
export async function emptyTables({ database, dialect }: Tables): Promise<void> {
  for (const table of tableNames)
    if (table !== 'migration' && table !== 'meta')
      await database.query(`delete from ${dialect.tables[table]}`)
}
