import type { StoreBase } from '../engine.ts'

export async function dispatch(
  { database, engine }: StoreBase,
  held: { mailId: string; token: number },
  now: number,
): Promise<boolean> {
  const { affected } = await database.query(
    `update ${engine.tables.delivery} set dispatched_at = ? where mail_id = ? and token = ? and state = 'sending'`,
    [now, engine.id(held.mailId), held.token],
  )
  return affected === 1
}
