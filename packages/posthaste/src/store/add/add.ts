import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import type { Statement } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import type { WrittenContents } from './content-steps.ts'
import { noHold, refuse } from './hold.ts'
import type { Added, NewEntry, NewMail } from './new-mail.ts'
import { addPostgres } from './postgres-add.ts'
import { mailRow } from './rows.ts'
import { deliver, fill } from './stepwise-add.ts'
import { deleteMails, insertMails } from './stepwise-sql.ts'

const anywhere: Statement = { sql: '1 = 1', params: [] }

/** Mails for the queue's own transaction, or for a synchronous one: nothing can come between. */
export function* addAtOnce(
  entries: readonly NewEntry[],
  { written }: { written: WrittenContents },
  engine: Engine,
): Steps<Added[]> {
  if (engine.kind === 'postgres') return yield* addPostgres(entries, { hold: noHold, written }, engine)
  yield* openMails(
    entries.map(({ mail }) => mail),
    anywhere,
    engine,
  )
  return yield* deliver(yield* fill(entries, written, engine), engine)
}

/**
 * The first half of an enqueue on MySQL and SQLite: the mail rows. They stand for the transaction that the caller meant; where it is rolled
 * back they are gone, and no delivery will join them.
 *
 * @throws {PH_WRONG_DATABASE} {PH_NO_TRANSACTION}
 */
export function* openMails(mails: readonly NewMail[], where: Statement, engine: Engine): Steps<void> {
  const rows = mails.map((mail) => mailRow(mail, engine))
  const { sql, params } = insertMails(engine, rows, where)
  const { affected, open } = yield* ask(sql, params)
  if (open === false)
    yield deleteMails(
      engine,
      mails.map(({ id }) => id),
    )
  if (open === false || affected === 0) yield* refuse(where, engine)
}

/** The same for the mails of a later part of one call. @throws {PH_TRANSACTION_ENDED} */
export function* openMore(mails: readonly NewMail[], held: Statement, engine: Engine): Steps<void> {
  const rows = mails.map((mail) => mailRow(mail, engine))
  const { sql, params } = insertMails(engine, rows, held)
  const { affected } = yield* ask(sql, params)
  if (affected === 0) throw new PosthasteError('PH_TRANSACTION_ENDED')
}
