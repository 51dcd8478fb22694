import { PosthasteError } from '../errors.ts'
import { addAtOnce, atOnce, closeAdd, type Opening, openAdd, placeOf, probe } from '../store/add/add.ts'
import type { Added, NewBody, NewEntry } from '../store/add/new-mail.ts'
import type { Dialect } from '../store/dialect.ts'
import { runSteps, type Steps } from '../store/statement.ts'
import { inLine } from '../transactions/in-line.ts'
import type { AsyncHandle } from '../transactions/transaction-handle.ts'
import { disposeBody } from './compose.ts'
import type { Connected } from './connection.ts'
import type { Enqueueing } from './enqueue.ts'
import type { Incoming } from './enqueue-in.ts'
import { kindFor } from './same-database.ts'
import { userErrors } from './user-error.ts'

/** Connections that were seen to be in the queue's own database. */
const seen = new WeakMap<object, Connected>()

/** Where nothing must be awaited, everything is sent in this turn; else the first half is, and the rest follows. */
export async function addInAsync(
  queue: Enqueueing,
  handle: AsyncHandle,
  incoming: Incoming,
): Promise<Added[]> {
  const kind = kindFor(queue.settings.database, handle)
  const connected = queue.connection.peek
  const known = connected !== undefined && seen.get(handle.key) === connected
  const bodies = known ? incoming.now() : undefined
  if (known && bodies)
    return stored(handle, bodies, addAtOnce(entriesOf(incoming, bodies), atOnce, connected.dialect))

  const hold = inLine(handle.key, () =>
    userErrors(runSteps(firstHalf(incoming, { kind, dialect: connected?.dialect }), handle.executor)),
  )
  // Its failure is met below; until then it must not count as nobody's.
  hold.catch(() => {})
  const ready = await queue.connection.ready()
  const { opening, place } = await hold
  if (place !== (await ownPlace(ready, place)))
    throw new PosthasteError('PH_WRONG_DATABASE', `${handle.name} is in ${place}`)
  seen.set(handle.key, ready)
  return secondHalf(handle, incoming, { opening, hadMail: connected !== undefined, dialect: ready.dialect })
}

interface FirstHalf {
  readonly place: string
  readonly opening: Opening
}

/** Sent before anything is awaited: what stands for the transaction that the caller meant. */
function* firstHalf(
  { mails }: Incoming,
  { kind, dialect }: { kind: Dialect['kind']; dialect: Dialect | undefined },
): Steps<FirstHalf> {
  const { place, startedAt } = yield* probe(kind)
  if (dialect) yield* openAdd(mails, dialect)
  else if (kind !== 'postgres') yield { sql: `savepoint ${holdOf(mails[0]?.id)}`, params: [] }
  return { place, opening: { startedAt, alone: false } }
}

async function secondHalf(
  handle: AsyncHandle,
  incoming: Incoming,
  { opening, hadMail, dialect }: { opening: Opening; hadMail: boolean; dialect: Dialect },
): Promise<Added[]> {
  const bodies = await incoming.later()
  return stored(handle, bodies, rest(entriesOf(incoming, bodies), { opening, hadMail, dialect }))
}

function* rest(
  entries: readonly NewEntry[],
  { opening, hadMail, dialect }: { opening: Opening; hadMail: boolean; dialect: Dialect },
): Steps<Added[]> {
  if (!hadMail && dialect.kind !== 'postgres') yield* release(holdOf(entries[0]?.mail.id))
  if (!hadMail)
    yield* openAdd(
      entries.map(({ mail }) => mail),
      dialect,
    )
  return yield* closeAdd(entries, opening, dialect)
}

/** A savepoint dies with its transaction: at the very first enqueue, when our tables were not known yet, it stands for it. */
function* release(savepoint: string): Steps<void> {
  try {
    yield { sql: `release savepoint ${savepoint}`, params: [] }
  } catch (cause) {
    throw new PosthasteError('PH_TRANSACTION_ENDED', undefined, { cause })
  }
}

function holdOf(id = ''): string {
  return `posthaste_${id.replaceAll('-', '')}`
}

async function stored(
  handle: AsyncHandle,
  bodies: readonly NewBody[],
  steps: Steps<Added[]>,
): Promise<Added[]> {
  try {
    return await inLine(handle.key, () => userErrors(runSteps(steps, handle.executor)))
  } finally {
    bodies.forEach(disposeBody)
  }
}

function entriesOf({ mails }: Incoming, bodies: readonly NewBody[]): NewEntry[] {
  return mails.flatMap((mail, index) => (bodies[index] ? [{ mail, body: bodies[index] }] : []))
}

const places = new WeakMap<Connected, string>()

/** Read again where it differs: a server that restarted is the same database. */
async function ownPlace(connected: Connected, seenPlace: string): Promise<string> {
  if (places.get(connected) !== seenPlace)
    places.set(connected, await runSteps(placeOf(connected.dialect.kind), connected.database))
  return places.get(connected) ?? ''
}
