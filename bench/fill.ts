import type { Database } from '../packages/posthaste/src/connections/database.ts'

/** Copies the one mail that is there until the queue is so deep; straight in SQL, for a million enqueues would take the whole run. */
export async function fill(
  database: Database,
  { queued, scheduled }: { queued: number; scheduled: number },
): Promise<void> {
  const total = queued + scheduled
  const copy = (table: string, id: string, more = '') =>
    database.query(`insert into posthaste.${table} select (x).* from (
      select jsonb_populate_record(t, jsonb_build_object('${id}', copies.id) ${more}) as x from posthaste.${table} t, copies) y`)
  await database.query(
    `create table copies as select n, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid as id from generate_series(1, ${total}) n`,
  )
  await copy('mail', 'id')
  await copy('recipient', 'mail_id')
  const now = Date.now()
  await copy(
    'delivery',
    'mail_id',
    `|| jsonb_build_object('due_at', case when copies.n <= ${scheduled} then ${now + 86_400_000} + copies.n else ${now} - ${total} + copies.n end)`,
  )
  await database.query('drop table copies')
  await database.query('analyze')
}
