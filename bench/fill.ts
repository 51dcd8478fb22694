import type { Database } from '../packages/posthaste/src/connections/database.ts'

/** Copies the one mail that is there until the queue is so deep; straight in SQL, for a million enqueues would take the whole run. */
export async function fill(
  database: Database,
  { queued, scheduled }: { queued: number; scheduled: number },
): Promise<void> {
  const total = queued + scheduled
  const [now, later] = [Date.now(), Date.now() + 86_400_000]
  await database.query(
    `create table copies as select n, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid as id from generate_series(1, ${total}) n`,
  )
  await copy(database, 'mail', { id: 'c.id' })
  await copy(database, 'recipient', { mail_id: 'c.id' })
  const due_at = `case when c.n <= ${scheduled} then ${later} + c.n else ${now} - ${total} + c.n end`
  await copy(database, 'delivery', { mail_id: 'c.id', due_at })
  await database.query('drop table copies')
}

/** What autovacuum and the next checkpoint would do anyway, so that they do not do it in the midst of a measurement. */
export async function atRest(database: Database): Promise<void> {
  await database.query('vacuum (analyze)')
  await database.query('checkpoint')
}

async function copy(database: Database, table: string, changed: Record<string, string>): Promise<void> {
  const { rows } = await database.query(
    'select column_name as name from information_schema.columns where table_schema = ? and table_name = ?',
    ['posthaste', table],
  )
  const names = rows.map(({ name }) => String(name))
  const values = names.map((name) => changed[name] ?? `t.${name}`)
  await database.query(
    `insert into posthaste.${table} (${names.join(', ')}) select ${values.join(', ')} from posthaste.${table} t, copies c`,
  )
}
