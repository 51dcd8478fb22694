import { isPglite } from '../connections/pglite.ts'
import { rememberCallbacks } from '../connections/sqlite-library.ts'
import { isPosthasteError, PosthasteError } from '../errors.ts'
import { newId } from '../ids.ts'
import { openMails } from '../store/add/add.ts'
import {
  deleteHold,
  type Hold,
  here,
  holdBySetting,
  insertHold,
  placeOf,
  type SettingHold,
  stillHeld,
} from '../store/add/hold.ts'
import type { NewMail } from '../store/add/new-mail.ts'
import type { Engine } from '../store/engine.ts'
import type { Statement } from '../store/sql.ts'
import { ensureTables } from '../store/sqlite/ensure-tables.ts'
import { runSteps } from '../store/statement.ts'
import { isAsking, isBusy } from '../transactions/in-line.ts'
import { freeSlot, shareSlot, takeSlot } from '../transactions/slots.ts'
import type { AsyncHandle } from '../transactions/transaction-handle.ts'
import type { Connected } from './connection.ts'
import type { Enqueueing } from './enqueue.ts'
import { holdBySavepoint } from './first-hold.ts'
import { kindFor, ownEngine, refuseOtherPath } from './same-database.ts'
import { asking, type Behind, underway } from './underway.ts'
import { userErrors } from './user-error.ts'

/** A transaction of the app's that was found to be the right one, and is held. */
export interface Held {
  readonly queue: Enqueueing
  readonly handle: AsyncHandle
  readonly engine: Engine
  readonly hold: Hold
  /** The queue's own connection, where there is one to ask. */
  readonly connected: Connected | undefined
  /** That of `within`, in which this one was taken. */
  readonly bounds?: Held | undefined
}

/** Whose place on the connection it takes: that of these mails, or of a call whose mails come later. */
export interface HoldFor {
  readonly mails: readonly NewMail[] | 'later'
  readonly bounds: Held | undefined
}

/**
 * Holds the caller's transaction. The first statement is sent before this returns.
 *
 * @throws {PH_NO_TRANSACTION} {PH_WRONG_DATABASE} {PH_TRANSACTION_ENDED} it is not what it should be
 */
export function hold(queue: Enqueueing, handle: AsyncHandle, what: HoldFor): Promise<Held> {
  const kind = kindFor(queue.settings.database, handle)
  if (kind === 'postgres') return naming(handle, holdPostgres(queue, handle, what.bounds))
  return naming(handle, kind === 'mysql' ? holdMysql(queue, handle, what) : holdSqlite(queue, handle, what))
}

/** A statement finds that no transaction is open, and does not know what was passed. */
async function naming({ name }: AsyncHandle, holding: Promise<Held>): Promise<Held> {
  try {
    return await holding
  } catch (error) {
    if (!isPosthasteError(error, 'PH_NO_TRANSACTION')) throw error
    const what = name.endsWith('transaction') ? `a ${name} that has ended` : `a ${name} without one`
    throw new PosthasteError('PH_NO_TRANSACTION', what)
  }
}

/** Lets go of it when everything is stored. */
export async function letGo({ handle, engine, hold: held }: Held): Promise<void> {
  if (held.by === 'setting') freeSlot(handle.key, held.name)
  if (held.by === 'row') await userErrors(runSteps(deleteHold(held.token, engine), handle.executor))
}

/** Where one statement is all, and the driver knows that a transaction is open, it may hold what it stores in. */
export function heldByDriver(
  queue: Enqueueing,
  handle: AsyncHandle,
  bounds: Held | undefined,
): Held | undefined {
  const connected = queue.connection.peek
  if (connected?.engine.kind !== 'postgres' || seen.get(handle.key) !== connected) return undefined
  if (isBusy(handle.key) || handle.isInside?.() !== true) return undefined
  const setting = newSetting(handle, bounds)
  const executor = asking(handle, { setting, place: Promise.resolve(places.get(connected) ?? '') })
  return {
    queue,
    handle: { ...handle, executor },
    engine: connected.engine,
    hold: { ...setting, isNew: true },
    connected,
  }
}

function newSetting({ key }: AsyncHandle, bounds: Held | undefined): SettingHold {
  const inside = bounds?.hold.by === 'setting' ? bounds.hold : undefined
  return { by: 'setting', name: takeSlot(key), token: newId(), inside }
}

/** Connections that were seen to be in the queue's own database. */
const seen = new WeakMap<object, Connected>()

async function holdPostgres(queue: Enqueueing, handle: AsyncHandle, bounds: Held | undefined): Promise<Held> {
  const behind = shared(handle, bounds) ?? taken(handle, newSetting(handle, bounds))
  const { setting } = behind
  try {
    const connected = await readyFor(queue, handle)
    const place = await behind.place
    const own = await ownPlace(connected, place)
    if (place !== own)
      throw new PosthasteError('PH_WRONG_DATABASE', `a ${handle.name} on ${place}, the queue on ${own}`)
    seen.set(handle.key, connected)
    const executor = asking(handle, behind)
    return { queue, handle: { ...handle, executor }, engine: connected.engine, hold: setting, connected }
  } catch (error) {
    freeSlot(handle.key, setting.name)
    throw error
  }
}

/** PGlite has one connection: asked on it, the queue would wait for the end of this very transaction. */
function readyFor({ settings, connection }: Enqueueing, { executor }: AsyncHandle): Promise<Connected> {
  return isPglite(settings.database)
    ? connection.readyInside(settings.database, executor)
    : connection.ready()
}

function shared(handle: AsyncHandle, bounds: Held | undefined): Behind | undefined {
  const behind = underway(handle, bounds?.hold.by === 'setting' ? bounds.hold : undefined)
  if (behind) shareSlot(handle.key, behind.setting.name)
  return behind
}

/** Sent now, even where the driver must queue it. */
function taken(handle: AsyncHandle, setting: SettingHold): Behind {
  const behind: Behind = { setting, place: Promise.resolve('') }
  const executor = isAsking(handle.key) ? handle.executor : asking(handle, behind)
  behind.place = expected(userErrors(runSteps(holdBySetting(setting, handle.isBound), executor)))
  return behind
}

/** Once the queue is connected the mails themselves are sent first; before, a savepoint must do, for our tables are not known. */
async function holdMysql(queue: Enqueueing, handle: AsyncHandle, what: HoldFor): Promise<Held> {
  const known = queue.connection.peek
  const place = known && places.get(known)
  if (known && place !== undefined) return open({ queue, handle, ...what, connected: known, place })
  // Prisma sends a statement of ours as a prepared one, which MySQL refuses of a savepoint.
  const whenSame = handle.isBound ? atOnce : holdBySavepoint(handle)
  const connected = await queue.connection.ready()
  const own = await ownPlace(connected, places.get(connected) ?? '')
  return whenSame(() => open({ queue, handle, ...what, connected, place: own }))
}

function atOnce<T>(opening: () => Promise<T>): Promise<T> {
  return opening()
}

interface Opening extends HoldFor {
  readonly queue: Enqueueing
  readonly handle: AsyncHandle
  readonly connected: Connected
  readonly place: string
}

async function open({ queue, handle, mails, bounds, connected, place }: Opening): Promise<Held> {
  const { engine } = connected
  const where = within(here(engine, place), bounds)
  const held: Hold = mails === 'later' ? { by: 'row', token: newId() } : { by: 'mails' }
  const steps =
    mails === 'later'
      ? insertHold(held.by === 'row' ? held.token : '', where, engine)
      : openMails(mails, where, engine)
  await inBounds(bounds, userErrors(runSteps(steps, handle.executor)))
  return { queue, handle, engine, hold: held, connected, bounds }
}

/** And where that of `within` still holds. */
function within(where: Statement, bounds: Held | undefined): Statement {
  if (!bounds) return where
  const still = stillHeld(bounds.hold, bounds.engine)
  return { sql: `${where.sql} and ${still.sql}`, params: [...where.params, ...still.params] }
}

/** Beside a connection of the queue's own, a library that the queue cannot use is refused before anything is lost. */
function noteLibrary({ connection }: Enqueueing, { library }: AsyncHandle, file: string): void {
  if (library && rememberCallbacks(library, file) && connection.peek)
    throw new PosthasteError('PH_SQLITE_LIBRARY', file)
}

/** Where the transaction of `within` is over, whatever the connection does now is another one. */
async function inBounds(bounds: Held | undefined, opening: Promise<void>): Promise<void> {
  try {
    await opening
  } catch (error) {
    if (bounds && isPosthasteError(error, 'PH_NO_TRANSACTION'))
      throw new PosthasteError('PH_TRANSACTION_ENDED', 'that of within() is over', { cause: error })
    throw error
  }
}

/** The tables are made here where they are missing, for the app holds the write lock. */
async function holdSqlite(queue: Enqueueing, handle: AsyncHandle, { mails, bounds }: HoldFor): Promise<Held> {
  const whenSame = handle.isReused ? holdBySavepoint(handle) : atOnce
  const engine = ownEngine(queue.settings)
  const token = newId()
  const where = within(here(engine, ''), bounds)
  const steps = function* () {
    noteLibrary(queue, handle, yield* refuseOtherPath(queue.settings.database, handle))
    yield* ensureTables(engine, queue.clock.now())
  }
  await userErrors(runSteps(steps(), handle.executor))
  const opening = function* () {
    yield* mails === 'later' ? insertHold(token, where, engine) : openMails(mails, where, engine)
  }
  await inBounds(
    bounds,
    whenSame(() => userErrors(runSteps(opening(), handle.executor))),
  )
  const held: Hold = mails === 'later' ? { by: 'row', token } : { by: 'mails' }
  return { queue, handle, engine, hold: held, connected: queue.connection.peek, bounds }
}

const places = new WeakMap<Connected, string>()

/** Read again where it differs: a server that restarted is the same database. */
async function ownPlace(connected: Connected, seenPlace: string): Promise<string> {
  if (connected.database.place !== undefined) return connected.database.place
  if (places.get(connected) !== seenPlace)
    places.set(connected, await runSteps(placeOf(connected.engine.kind), connected.database))
  return places.get(connected) ?? ''
}

/** Its failure is met later; until then it must not count as nobody's. */
function expected<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}
