import { expect } from 'vitest'
import { newId } from '../../src/ids.ts'
import type { Refusal } from '../../src/refusal.ts'
import type { Settling, Store } from '../../src/store/store.ts'
import { refusalOf, tenantBrake } from './brakes.ts'
import {
  add,
  claim,
  claimOne,
  minute,
  newContent,
  newWorker,
  noon,
  type OpenStore,
  settlingOf,
} from './store.ts'

const day = 1_440 * minute

/**
 * Asks a store for everything that a worker asks. The mail is the owner's, so that each statement has rows to change.
 */
export async function workEveryWay(owner: OpenStore, store: Store): Promise<void> {
  await lively(store)
  await delivered(owner, store)
  await takenAway(owner, store)
  await refused(owner, store)
  await unreadable(owner, store)
  await flowing(store)
  await ended(owner, store)
}

async function lively(store: Store): Promise<void> {
  const worker = newWorker()
  await store.registerWorker(worker)
  const beat = {
    now: noon,
    leaseUntil: noon + minute,
    sleeping: true,
    stopping: false,
    delivered: 1,
    ownFault: null,
  }
  await store.beat(worker.id, beat)
  await store.anySleeping(noon)
  await store.nextDue(['default'])
  await store.removeWorker(worker.id)
}

const withContent = () => ({ body: { contents: [newContent(Buffer.alloc(300_000))] } })

/** Accepted: plain mail with an attachment, and a sensitive one, whose content goes at once. */
async function delivered(owner: OpenStore, store: Store): Promise<void> {
  await add(owner, { ...withContent(), tags: ['a'], idempotencyKey: newId(), tenant: 'acme' })
  await add(owner, { ...withContent(), sensitive: true })
  const held = await add(owner, { onUnknown: 'hold' })
  const claims = await claim({ store })
  expect(claims).toHaveLength(3)
  for (const { mailId, token } of claims) {
    await store.keptBack({ mailId, stream: 'default' }, noon)
    await store.mime(mailId)
    for (const content of (await store.document(mailId))?.contents ?? [])
      expect(await store.chunk(content, 0)).toBeDefined()
    if (mailId === held.id) await store.dispatch(mailId, token, noon)
    await store.dateAnew({ mailId, token }, { document: Buffer.from('{}'), freshUntil: noon })
  }
  await settle(
    store,
    claims.map((one) => settlingOf(one, 'accepted')),
  )
}

async function settle(store: Store, settlings: readonly Settling[], now = noon): Promise<void> {
  await store.turn({ workerId: newId(), now, settle: settlings, claim: [] })
}

/** By the death of its worker; then the first acceptance comes late, and the database forgets the second. */
async function takenAway(owner: OpenStore, store: Store): Promise<void> {
  const { id } = await add(owner)
  const worker = newWorker()
  await store.registerWorker(worker)
  const lost = await claimOne({ store }, { workerId: worker.id })
  expect(await store.rescue(noon + 2 * minute, 5)).toEqual({ workers: 1, mails: 1 })
  const again = await claimOne({ store }, { now: noon + 2 * minute })
  await store.returnClaims([again], noon)
  await store.returnLostClaims(worker.id, { held: [], dueAt: noon })
  const next = await claimOne({ store }, { workerId: worker.id, now: noon + 2 * minute })
  await settle(store, [settlingOf(lost, 'accepted')])
  const { settlement, attempt } = settlingOf(next, 'accepted')
  if (!attempt) throw new Error('an attempt leaves a line of history')
  await store.settleForgotten([{ settlement, attempt, workerId: worker.id, isHeld: false }], noon)
  await owner.store.act('cancel', { id }, noon)
}

async function refused(owner: OpenStore, store: Store): Promise<void> {
  const brake = tenantBrake(noon)
  const waiting: Refusal[] = []
  for (const sensitive of [false, true, false]) {
    const { id } = await add(owner, { sensitive })
    await settle(store, [settlingOf(await claimOne({ store }), 'deferred', { text: 'no' })])
    waiting.push(refusalOf(id, noon))
  }
  const { refusals } = store
  await refusals.note(waiting)
  await refusals.read(noon)
  await refusals.prove(waiting.slice(0, 2), { worker: 'w1', now: noon })
  await refusals.free(waiting.slice(2), noon)
  await refusals.brake(brake)
  await refusals.takeCanary(brake, { now: noon + minute, until: noon + 2 * minute })
  await refusals.moveCanary(brake, noon + 3 * minute)
  await refusals.release(brake, noon + 4 * minute)
  await owner.store.act('cancel', { state: 'queued' }, noon)
}

/** Its due time, or another of its columns. */
async function unreadable(owner: OpenStore, store: Store): Promise<void> {
  const { delivery, mail } = owner.engine.tables
  const undue = await add(owner)
  await owner.database.query(`update ${delivery} set due_at = -1 where mail_id = ?`, [
    owner.engine.id(undue.id),
  ])
  expect(await store.failUndue(['default'], noon, 9)).toBe(1)
  const odd = await add(owner)
  await owner.database.query(`update ${mail} set send_at = -1 where id = ?`, [owner.engine.id(odd.id)])
  expect(await claim({ store })).toEqual([])
}

/** What the loop, `health`, `/metrics` and the doctor read. */
async function flowing(store: Store): Promise<void> {
  await store.backOffTransport('main', { until: noon + minute, reason: 'no', now: noon })
  await store.transportBackoffs(noon)
  await store.resumeTransport('main')
  await store.pauses()
  await store.stats(noon)
  await store.workers()
  await store.count({ since: new Date(noon), state: ['queued'] }, 9)
  const why = await store.whyUnwritable()
  if (why !== undefined) throw new Error(why)
}

/** Expired, erased, swept, purged; nothing is left. */
async function ended(owner: OpenStore, store: Store): Promise<void> {
  const { tables } = owner.engine
  await add(owner, { expiresAt: noon - 1 })
  expect(await store.expire(noon, 9)).toBe(1)
  const person = await add(owner, { ...withContent(), to: ['eve@example.com'] })
  await owner.store.act('cancel', { id: person.id }, noon)
  const goes = `update ${tables.delivery} set has_body = 3 where mail_id = ?`
  await owner.database.query(goes, [owner.engine.id(person.id)])
  const entry = {
    address: 'old@example.com',
    reason: 'by-hand',
    origin: 'api',
    note: null,
    stream: '',
    tenant: '',
  }
  await owner.store.suppressions.add({ ...entry, createdAt: noon - day, expiresAt: noon })
  await store.suppressions.purgeExpired(noon + 1, 9)
  const old = { before: noon + day, pinnedBefore: noon + day, limit: 99 }
  await store.sweep(old)
  await store.purgeBodies({ before: noon + day, limit: 99 })
  await store.purge({ states: ['sent', 'failed', 'cancelled'], before: noon + day, limit: 99 })
}
