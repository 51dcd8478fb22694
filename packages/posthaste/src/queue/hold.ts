import { rememberCallbacks } from '../connections/sqlite-library.ts'
import { PosthasteError } from '../errors.ts'
import { newId } from '../ids.ts'
import { openMails } from '../store/add/add.ts'
import { deleteHold, type Hold, here, holdBySetting, insertHold, noHold, placeOf } from '../store/add/hold.ts'
import type { NewMail } from '../store/add/new-mail.ts'
import type { Dialect } from '../store/dialect.ts'
import { ensureTables } from '../store/migrate.ts'
import { runSteps } from '../store/statement.ts'
import { freeSlot, takeSlot } from '../transactions/slots.ts'
import type { AsyncHandle } from '../transactions/transaction-handle.ts'
import type { Connected } from './connection.ts'
import type { Enqueueing } from './enqueue.ts'
import { holdBySavepoint } from './first-hold.ts'
import { kindFor, ownDialect, refuseOtherPath } from './same-database.ts'
import { userErrors } from './user-error.ts'

/** A transaction of the app's that was found to be the right one, and is held. */
export interface Held {
  readonly queue: Enqueueing
  readonly handle: AsyncHandle
  readonly dialect: Dialect
  readonly hold: Hold
  /** The queue's own connection, where there is one to ask. */
  readonly connected: Connected | undefined
}

/** Whose place on the connection it takes: that of these mails, or of a call whose mails come later. */
export type HoldFor = readonly NewMail[] | 'later'

/**
 * Holds the caller's transaction. The first statement is sent before this returns.
 *
 * @throws {PH_NO_TRANSACTION} {PH_WRONG_DATABASE} {PH_TRANSACTION_ENDED} it is not what it should be
 */
export function hold(queue: Enqueueing, handle: AsyncHandle, mails: HoldFor): Promise<Held> {
  const kind = kindFor(queue.settings.database, handle)
  if (kind === 'postgres') return holdPostgres(queue, handle)
  return kind === 'mysql' ? holdMysql(queue, handle, mails) : holdSqlite(queue, handle, mails)
}

/** Lets go of it when everything is stored. */
export async function letGo({ handle, dialect, hold: held }: Held): Promise<void> {
  if (held.by === 'setting') freeSlot(handle.key, held.name)
  if (held.by === 'row') await userErrors(runSteps(deleteHold(held.token, dialect), handle.executor))
}

/** Where one statement is all, and the driver knows that a transaction is open, nothing need be held. */
export function heldByDriver(queue: Enqueueing, handle: AsyncHandle): Held | undefined {
  const connected = queue.connection.peek
  if (connected?.dialect.kind !== 'postgres' || seen.get(handle.key) !== connected) return undefined
  if (handle.isInside?.() !== true) return undefined
  return { queue, handle, dialect: connected.dialect, hold: noHold, connected }
}

/** Connections that were seen to be in the queue's own database. */
const seen = new WeakMap<object, Connected>()

async function holdPostgres(queue: Enqueueing, handle: AsyncHandle): Promise<Held> {
  const setting = { by: 'setting', name: takeSlot(handle.key), token: newId() } as const
  const asked = expected(userErrors(runSteps(holdBySetting(setting), handle.executor)))
  try {
    const connected = await queue.connection.ready()
    const place = await asked
    if (place !== (await ownPlace(connected, place)))
      throw new PosthasteError('PH_WRONG_DATABASE', `${handle.name} is in ${place}`)
    seen.set(handle.key, connected)
    return { queue, handle, dialect: connected.dialect, hold: setting, connected }
  } catch (error) {
    freeSlot(handle.key, setting.name)
    throw error
  }
}

/** Once the queue is connected the mails themselves are sent first; before, a savepoint must do, for our tables are not known. */
async function holdMysql(queue: Enqueueing, handle: AsyncHandle, mails: HoldFor): Promise<Held> {
  const known = queue.connection.peek
  const place = known && places.get(known)
  if (known && place !== undefined) return open({ queue, handle, mails, connected: known, place })
  // Prisma sends a statement of ours as a prepared one, which MySQL refuses of a savepoint.
  const whenSame = handle.isBound ? <T>(opening: () => Promise<T>) => opening() : holdBySavepoint(handle)
  const connected = await queue.connection.ready()
  const own = await ownPlace(connected, places.get(connected) ?? '')
  return whenSame(() => open({ queue, handle, mails, connected, place: own }))
}

interface Opening {
  readonly queue: Enqueueing
  readonly handle: AsyncHandle
  readonly mails: HoldFor
  readonly connected: Connected
  readonly place: string
}

async function open({ queue, handle, mails, connected, place }: Opening): Promise<Held> {
  const { dialect } = connected
  const where = here(dialect, place)
  const held: Hold = mails === 'later' ? { by: 'row', token: newId() } : { by: 'mails' }
  const steps =
    mails === 'later'
      ? insertHold(held.by === 'row' ? held.token : '', where, dialect)
      : openMails(mails, where, dialect)
  await userErrors(runSteps(steps, handle.executor))
  return { queue, handle, dialect, hold: held, connected }
}

/** Beside a connection of the queue's own, a library that the queue cannot use is refused before anything is lost. */
function noteLibrary({ connection }: Enqueueing, { library }: AsyncHandle, file: string): void {
  if (library && rememberCallbacks(library, file) && connection.peek)
    throw new PosthasteError('PH_SQLITE_LIBRARY', file)
}

/** The tables are made here where they are missing, for the app holds the write lock. */
async function holdSqlite(queue: Enqueueing, handle: AsyncHandle, mails: HoldFor): Promise<Held> {
  const dialect = ownDialect(queue.settings)
  const token = newId()
  const steps = function* () {
    noteLibrary(queue, handle, yield* refuseOtherPath(queue.settings.database))
    yield* ensureTables(dialect, queue.clock.now())
    yield* mails === 'later'
      ? insertHold(token, here(dialect, ''), dialect)
      : openMails(mails, here(dialect, ''), dialect)
  }
  await userErrors(runSteps(steps(), handle.executor))
  const held: Hold = mails === 'later' ? { by: 'row', token } : { by: 'mails' }
  return { queue, handle, dialect, hold: held, connected: queue.connection.peek }
}

const places = new WeakMap<Connected, string>()

/** Read again where it differs: a server that restarted is the same database. */
async function ownPlace(connected: Connected, seenPlace: string): Promise<string> {
  if (places.get(connected) !== seenPlace)
    places.set(connected, await runSteps(placeOf(connected.dialect.kind), connected.database))
  return places.get(connected) ?? ''
}

/** Its failure is met later; until then it must not count as nobody's. */
function expected<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}
