import type { Executor } from '../../connections/database.ts'
import { envelopeHash, keyTenant } from '../add/rows.ts'
import type { Engine, JsonColumns } from '../engine.ts'
import { fromGiven, idsParam, lockGiven } from '../given-ids.ts'
import { groupBy, StoredRow } from '../rows.ts'
import { empty, run, type Sql, sql } from '../sql.ts'
import type { Superseded } from '../store.ts'
import { isKeyFree } from '../transition-sql.ts'

interface Keyed {
  readonly id: string
  readonly tenant: string
  readonly key: string
  /** Tenant and key. */
  readonly name: string
}

/**
 * Locks the keys of these mails, so that none is taken before the transaction ends, and tells whose key another mail
 * holds. Keys are locked before deliveries, as an enqueue does that takes one over. A key that no mail holds any more,
 * or one that will never be delivered, is taken back.
 */
export async function lockKeys(
  tx: Executor,
  ids: readonly string[],
  engine: Engine,
): Promise<ReadonlyMap<string, Superseded>> {
  const mails = await keyedMails(tx, ids, engine)
  if (mails.length === 0) return new Map()
  const known = await holdersOf(tx, mails, { engine, lock: empty })
  await takeUnheld(
    tx,
    mails.filter(({ name }) => !known.has(name)),
    engine,
  )
  const holders = await holdersOf(tx, mails, { engine, lock: engine.locks.inOrder('idempotency_key') })
  return supersededAmong(tx, mails, { holders, engine })
}

export const noKeys: ReadonlyMap<string, Superseded> = new Map()

/** The ids that go on; the others are told of in `superseded`. */
export function withoutSuperseded(
  ids: readonly string[],
  taken: ReadonlyMap<string, Superseded>,
  superseded: Map<string, Superseded>,
): string[] {
  return ids.filter((id) => {
    const one = taken.get(id)
    if (one) superseded.set(id, one)
    return one === undefined
  })
}

/** Newest first. */
async function keyedMails(tx: Executor, ids: readonly string[], engine: Engine): Promise<Keyed[]> {
  const { rows } = await tx.query(
    `select d.id, d.tenant, d.idempotency_key ${fromGiven(engine, engine.tables.mail, 'id')}
    where d.idempotency_key is not null`,
    [idsParam(engine, ids)],
  )
  return rows
    .map((row) => {
      const read = new StoredRow(row)
      const tenant = keyTenant({ tenant: read.textOrNull('tenant') })
      const key = read.text('idempotency_key')
      return { id: engine.readId(row.id), tenant, key, name: nameOf(tenant, key) }
    })
    .sort((a, b) => (a.id < b.id ? 1 : -1))
}

const columns = {
  tenant: 'text',
  key_text: 'text',
  mail_id: 'id',
  envelope: 'text',
} as const satisfies JsonColumns

async function holdersOf(
  tx: Executor,
  mails: readonly Keyed[],
  { engine, lock }: { engine: Engine; lock: Sql },
): Promise<Map<string, string>> {
  const asked = mails.map(({ tenant, key }) => ({ tenant, key_text: key }))
  const { rows } = await tx.query(
    `select d.tenant, d.idempotency_key, d.mail_id
    from ${engine.jsonRows('k', { tenant: 'text', key_text: 'text' })}
    ${engine.lookup(engine.tables.idempotency, 'd')} on d.tenant = k.tenant and d.idempotency_key = k.key_text
    ${lock}`,
    [JSON.stringify(asked)],
  )
  return new Map(
    rows.map(({ tenant, idempotency_key, mail_id }) => [
      nameOf(String(tenant), String(idempotency_key)),
      engine.readId(mail_id),
    ]),
  )
}

/** What such a mail said is not known any more: none has the same content. */
const unknownHash = ''

async function takeUnheld(tx: Executor, mails: readonly Keyed[], engine: Engine): Promise<void> {
  if (mails.length === 0) return
  const envelopes = await envelopesOf(tx, mails, engine)
  const rows = mails
    .map(({ id, tenant, key }) => ({
      ...{ tenant, key_text: key, mail_id: engine.jsonId(id), envelope: envelopes.get(id) },
    }))
    .sort((a, b) => (nameOf(a.tenant, a.key_text) < nameOf(b.tenant, b.key_text) ? -1 : 1))
  await tx.query(
    engine.insertIgnore(
      engine.tables.idempotency,
      ['tenant', 'idempotency_key', 'mail_id', 'hash', 'envelope'],
      `select k.tenant, k.key_text, ${engine.fromJsonId('k.mail_id')}, '${unknownHash}', k.envelope
      from ${engine.jsonRows('k', columns)} where true`,
    ),
    [JSON.stringify(rows)],
  )
}

async function supersededAmong(
  tx: Executor,
  mails: readonly Keyed[],
  { holders, engine }: { holders: Map<string, string>; engine: Engine },
): Promise<Map<string, Superseded>> {
  const foreign = mails.filter(({ id, name }) => (holders.get(name) ?? id) !== id)
  const asked = new Set(mails.map(({ id }) => id))
  const live = await liveAmong(tx, [...new Set(foreign.map(({ name }) => String(holders.get(name))))], engine)
  const superseded = new Map<string, Superseded>()
  const freed: Keyed[] = []
  for (const mail of foreign) {
    const holder = String(holders.get(mail.name))
    if (asked.has(holder) || live.has(holder)) {
      superseded.set(mail.id, { id: mail.id, idempotencyKey: mail.key, holder })
      continue
    }
    freed.push(mail)
    holders.set(mail.name, mail.id)
  }
  await takeOver(tx, freed, engine)
  return superseded
}

/** Those that were delivered or may be yet, locked. */
async function liveAmong(tx: Executor, ids: readonly string[], engine: Engine): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await tx.query(
    lockGiven(engine, {
      select: `d.mail_id, case when ${isKeyFree('d')} then 1 else 0 end as free`,
      table: engine.tables.delivery,
      key: 'mail_id',
    }),
    [idsParam(engine, ids)],
  )
  return new Set(rows.filter(({ free }) => Number(free) === 0).map(({ mail_id }) => engine.readId(mail_id)))
}

async function takeOver(tx: Executor, mails: readonly Keyed[], engine: Engine): Promise<void> {
  const envelopes = await envelopesOf(tx, mails, engine)
  for (const { id, tenant, key } of mails)
    await run(
      tx,
      sql`update ${engine.tables.idempotency}
        set mail_id = ${engine.id(id)}, hash = ${unknownHash}, envelope = ${envelopes.get(id) ?? ''}
        where tenant = ${tenant} and idempotency_key = ${key}`,
    )
}

async function envelopesOf(
  tx: Executor,
  mails: readonly Keyed[],
  engine: Engine,
): Promise<ReadonlyMap<string, string>> {
  if (mails.length === 0) return new Map()
  const { rows } = await tx.query(
    `select d.mail_id, d.address ${fromGiven(engine, engine.tables.recipient, 'mail_id')}`,
    [
      idsParam(
        engine,
        mails.map(({ id }) => id),
      ),
    ],
  )
  const recipients = groupBy(rows, ({ mail_id }) => engine.readId(mail_id))
  return new Map(
    mails.map(({ id, tenant, key }) => {
      const addressed = (recipients.get(id) ?? []).map(({ address }) => ({ address: String(address) }))
      return [id, envelopeHash({ tenant, recipients: addressed }, key)]
    }),
  )
}

function nameOf(tenant: string, key: string): string {
  return JSON.stringify([tenant, key])
}
