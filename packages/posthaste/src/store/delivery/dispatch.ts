import type { StoreBase } from '../base.ts'

export async function dispatch(
  { database, dialect }: StoreBase,
  held: { mailId: string; token: number },
  now: number,
): Promise<boolean> {
  const { affected } = await database.query(
    `update ${dialect.tables.delivery} set dispatched_at = ? where mail_id = ? and token = ? and state = 'sending'`,
    [now, dialect.id(held.mailId), held.token],
  )
  return affected === 1
}
