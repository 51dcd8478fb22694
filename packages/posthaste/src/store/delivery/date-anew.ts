import type { LateDate } from '../../mail/late-date.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { StoreBase } from '../engine.ts'
import { run, sql } from '../sql.ts'
import type { ClaimRef } from '../store.ts'

/**
 * See {@link DeliveryStore.dateAnew}. An attempt that began after `freshUntil` ended before it had dated the mail:
 * nothing had left.
 */
export async function dateAnew(
  { database, engine: { tables, id } }: StoreBase,
  claim: ClaimRef,
  { document, freshUntil }: LateDate,
): Promise<boolean> {
  const mailId = id(claim.mailId)
  const statement = sql`update ${tables.body}
    set document = ${document}, mime = null, mime_size = null
    where mail_id = ${mailId}
      and exists (
        select 1
        from ${tables.delivery} d
        where d.mail_id = ${mailId} and d.token = ${claim.token} and d.state = 'sending'
      )
      and not exists (
        select 1
        from ${tables.attempt} a
        where a.mail_id = ${mailId} and a.started_at <= ${freshUntil}
      )`
  const { affected } = await withTransactionRetry(() => run(database, statement))
  return affected === 1
}
