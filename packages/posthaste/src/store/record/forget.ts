import type { Executor, Row } from '../../connections/database.ts'
import { addressKey } from '../../mail/address-key.ts'
import type { State } from '../../mail/mail.ts'
import { isAllowed } from '../../mail/transitions.ts'
import { suppressionKeys } from '../add/rows.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { bodyFates, eraseAnswers, eraseContents, eraseSenders, eraseSubjects } from '../erase.ts'
import { fromGiven, idsParam, lockGiven, updateGiven } from '../given-ids.ts'
import { join, run, sql } from '../sql.ts'
import { changesOf } from '../transition-sql.ts'
import { mentions, names, scrub } from './scrub.ts'

const mailsAtOnce = 500

export async function forget(base: StoreBase, address: string, now: number): Promise<number> {
  const { database, engine } = base
  const { address_key, hash_key } = suppressionKeys(address)
  const person: Person = { key: address_key, hash: hash_key, now, engine }
  await withTransactionRetry(() => database.transaction((tx) => hashSuppressions(tx, person)))
  const forgotten = (await forgetSender(base, person)) + (await forgetRecipient(base, person))
  await scrub(base, { address: address_key, trace: hash_key })
  if (engine.emptyLogSql) await run(database, engine.emptyLogSql)
  return forgotten
}

async function forgetRecipient({ database }: StoreBase, person: Person): Promise<number> {
  let forgotten = 0
  for (;;) {
    const batch = await withTransactionRetry(() => database.transaction((tx) => forgetBatch(tx, person)))
    forgotten += batch
    if (batch < mailsAtOnce) return forgotten
  }
}

/** Of mail that she sent, or whose SMTP parameters name her: neither has an index. */
async function forgetSender({ database, engine }: StoreBase, person: Person): Promise<number> {
  const { rows } = await run(
    database,
    sql`select id, sender, smtp
      from ${engine.tables.mail}
      where ${mentions(['sender', 'smtp'], person.key)}`,
  )
  const idsOf = (some: readonly Row[]) => some.map(({ id }) => engine.readId(id))
  const sent = rows.filter(({ sender }) => addressKey(String(sender)) === person.key)
  const named = rows.filter(({ smtp }) => names(String(smtp ?? ''), person.key))
  const ids = [...new Set([...idsOf(sent), ...idsOf(named)])]
  for (let at = 0; at < ids.length; at += mailsAtOnce) {
    const some = ids.slice(at, at + mailsAtOnce)
    await withTransactionRetry(() =>
      database.transaction(async (tx) => {
        const ended = new Set(await eraseMails(tx, some, person))
        const hers = idsOf(sent).filter((id) => ended.has(id))
        await eraseSenders(tx, hers, engine)
      }),
    )
  }
  return ids.length
}

interface Person {
  readonly key: string
  readonly hash: string
  readonly now: number
  readonly engine: Engine
}

/** The entry keeps the person from being mailed, without saying who it is. */
async function hashSuppressions(tx: Executor, { key, hash, engine }: Person): Promise<void> {
  const { suppression } = engine.tables
  const kept = ['stream', 'tenant', 'reason', 'origin', 'created_at', 'expires_at']
  await tx.query(
    engine.insertIgnore(
      suppression,
      ['address_key', ...kept],
      `select ?${engine.cast('text')}, ${kept.map((name) => `s.${name}`).join(', ')}
       from ${suppression} s
       where s.address_key = ?`,
    ),
    [hash, key],
  )
  await tx.query(`delete from ${suppression} where address_key = ?`, [key])
}

async function forgetBatch(tx: Executor, person: Person): Promise<number> {
  const { engine, key } = person
  const { recipient, delivery } = engine.tables
  const found = await tx.query(
    `select distinct mail_id from ${recipient} where address_key = ? limit ${mailsAtOnce}`,
    [key],
  )
  if (found.rows.length === 0) return 0
  const ids = found.rows.map(({ mail_id }) => engine.readId(mail_id))
  const deliveries = await tx.query(
    lockGiven(engine, { select: 'd.mail_id, d.state, d.dispatched_at', table: delivery, key: 'mail_id' }),
    [idsParam(engine, ids)],
  )
  await eraseRecipients(tx, ids, person)
  await takeBack(tx, deliveries.rows, person)
  await eraseMails(tx, ids, person)
  return ids.length
}

/** A recipient who was still to be asked will not be. */
async function eraseRecipients(
  tx: Executor,
  ids: readonly string[],
  { key, hash, now, engine }: Person,
): Promise<void> {
  const these = join(ids.map((id) => sql`${engine.id(id)}`))
  await run(
    tx,
    sql`update ${engine.tables.recipient}
      set settled_at = case when state = 'pending' then ${now}${engine.cast('bigint')} else settled_at end,
        state = case when state = 'pending' then 'suppressed' else state end,
        address = ${hash}, address_key = ${hash}, reply = null
      where address_key = ${key} and mail_id in (${these})`,
  )
}

/** Unfinished mail goes on for the others, or ends; a claim that was not dispatched knows a recipient too many. */
async function takeBack(tx: Executor, deliveries: readonly Row[], { now, engine }: Person): Promise<void> {
  const { delivery, recipient } = engine.tables
  const unfinished = deliveries.filter(({ state, dispatched_at }) =>
    isAllowed('forget', { state: state as State, isDispatched: dispatched_at !== null }),
  )
  if (unfinished.length === 0) return
  const given = [
    idsParam(
      engine,
      unfinished.map(({ mail_id }) => engine.readId(mail_id)),
      now,
    ),
  ]
  const table = { table: delivery, key: 'mail_id' }
  const among = (state: string) =>
    `exists (select 1 from ${recipient} r where r.mail_id = d.mail_id and r.state = '${state}')`
  const state = `case when ${among('pending')} then case when d.state = 'sending' then 'queued' else d.state end
      when ${among('accepted')} then 'sent' else 'cancelled' end`
  const reason = `case when ${among('pending')} then d.reason end`
  await tx.query(
    updateGiven(engine, { ...table, set: changesOf('forget', { now: 'x.now', state, reason }) }),
    given,
  )
}

/** Mail that is still to be sent keeps its content until it ends. Gives those that have ended. */
async function eraseMails(tx: Executor, ids: readonly string[], { engine }: Person): Promise<string[]> {
  const { delivery } = engine.tables
  const given = [idsParam(engine, ids)]
  const set = { has_body: String(bodyFates.goesWithPersons) }
  await tx.query(
    updateGiven(engine, { table: delivery, key: 'mail_id', set, where: 'd.has_body > 0' }),
    given,
  )
  const { rows } = await tx.query(
    `select d.mail_id ${fromGiven(engine, delivery, 'mail_id')} where d.settled_at is not null`,
    given,
  )
  const ended = rows.map(({ mail_id }) => engine.readId(mail_id))
  await eraseSubjects(tx, ids, engine)
  await eraseAnswers(tx, ids, engine)
  await eraseContents(tx, ended, engine)
  return ended
}
