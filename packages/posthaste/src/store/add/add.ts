import { PosthasteError } from '../../errors.ts'
import type { Dialect } from '../dialect.ts'
import { ask, type Steps } from '../statement.ts'
import type { Added, NewEntry, NewMail } from './new-mail.ts'
import { closePostgres } from './postgres-add.ts'
import { replace } from './replace.ts'
import { mailRow } from './rows.ts'
import { closeStepwise } from './stepwise-add.ts'
import { insertMails } from './stepwise-sql.ts'

/** What the first half of an enqueue learnt of the transaction that it ran in; the second half stores nothing elsewhere. */
export interface Opening {
  /** PostgreSQL: when the transaction began, in microseconds; null where both halves are one statement. */
  readonly startedAt: string | null
  /** May the connection commit by itself? Only the queue's own, where the enqueue is one statement. */
  readonly alone: boolean
}

/** A transaction of the queue's own: nothing can come between. */
export const ownTransaction: Opening = { startedAt: null, alone: true }

/** Somebody's transaction, both halves in one turn of the connection. */
export const atOnce: Opening = { startedAt: null, alone: false }

/**
 * Asks where this connection is and whether a transaction is open on it; touches no table of ours, so it can run before anything is known.
 *
 * @throws {PH_NO_TRANSACTION} it commits by itself
 */
export function* probe(kind: Dialect['kind']): Steps<{ place: string; startedAt: string | null }> {
  if (kind === 'mysql') yield* insideTransaction()
  if (kind === 'sqlite') return { place: '', startedAt: null }
  const { rows } = yield* ask(kind === 'postgres' ? postgresProbe : `select ${mysqlPlace} as place`)
  if (rows[0]?.alone === true) throw new PosthasteError('PH_NO_TRANSACTION')
  return { place: String(rows[0]?.place), startedAt: kind === 'postgres' ? String(rows[0]?.started) : null }
}

const postgresPlace = "current_database() || '/' || pg_postmaster_start_time()::text"
const mysqlPlace = "concat(database(), '/', @@hostname, '/', @@port)"
const postgresProbe = `select ${postgresPlace} as place, (extract(epoch from now()) * 1000000)::bigint::text as started,
  now() = statement_timestamp() as alone`

/** Which database of which server this is; the same from every connection to it. */
export function* placeOf(kind: Dialect['kind']): Steps<string> {
  if (kind === 'sqlite') return ''
  const { rows } = yield* ask(`select ${kind === 'postgres' ? postgresPlace : mysqlPlace} as place`)
  return String(rows[0]?.place)
}

/** Differs because MySQL has no question for it: a savepoint is forgotten at once where the connection commits by itself. */
function* insideTransaction(): Steps<void> {
  yield* ask('savepoint posthaste_probe')
  try {
    yield* ask('release savepoint posthaste_probe')
  } catch (cause) {
    throw new PosthasteError('PH_NO_TRANSACTION', undefined, { cause })
  }
}

/**
 * The first half of an enqueue, on MySQL and SQLite: the mail row, sent before anything is awaited. It stands for the transaction that the
 * caller meant: where that is rolled back, the row is gone and no delivery will join it. PostgreSQL's first half is the probe.
 */
export function* openAdd(mails: readonly NewMail[], dialect: Dialect): Steps<void> {
  if (dialect.kind !== 'postgres')
    yield insertMails(
      dialect,
      mails.map((mail) => mailRow(mail, dialect)),
    )
}

/**
 * The second half: writes everything that is missing, the claimable delivery last and only if all the rest is there.
 *
 * @throws {PH_TRANSACTION_ENDED} it ended in between
 * @throws {PH_IDEMPOTENCY_CONFLICT} the key belongs to another mail
 * @throws {PH_CONTENT_MISSING} a stored content is gone
 */
export function* closeAdd(entries: readonly NewEntry[], opening: Opening, dialect: Dialect): Steps<Added[]> {
  yield* replace(
    entries.map(({ mail }) => mail),
    dialect,
  )
  return yield* dialect.kind === 'postgres'
    ? closePostgres(entries, opening, dialect)
    : closeStepwise(entries, dialect)
}

export function* addAtOnce(entries: readonly NewEntry[], opening: Opening, dialect: Dialect): Steps<Added[]> {
  yield* openAdd(
    entries.map(({ mail }) => mail),
    dialect,
  )
  return yield* closeAdd(entries, opening, dialect)
}
