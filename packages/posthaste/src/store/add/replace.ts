import type { Dialect } from '../dialect.ts'
import type { Steps } from '../statement.ts'
import type { NewMail } from './new-mail.ts'

/** Cancels the mails that these replace, where they are not under way, and frees their keys. */
export function* replace(mails: readonly NewMail[], dialect: Dialect): Steps<void> {
  for (const { replaces, createdAt } of mails)
    if (replaces !== null) yield* cancelOne(dialect, replaces, createdAt)
}

function* cancelOne(dialect: Dialect, mailId: string, now: number): Steps<void> {
  const { delivery, idempotency } = dialect.tables
  yield {
    sql: `update ${delivery} set state = 'cancelled', reason = null, settled_at = ?, token = token + 1
      where mail_id = ? and (state in ('queued', 'held') or (state = 'sending' and dispatched_at is null))`,
    params: [now, dialect.id(mailId)],
  }
  yield {
    sql: `delete from ${idempotency} where mail_id = ? and mail_id in (select mail_id from ${delivery} where mail_id = ? and state = 'cancelled')`,
    params: [dialect.id(mailId), dialect.id(mailId)],
  }
}
