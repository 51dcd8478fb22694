import { setImmediate } from 'node:timers/promises'
import type { Executor, Row } from '../connections/database.ts'
import { matchedBeginnings } from '../mail/entry-key.ts'
import { storedKey, suppressionKeys, truncateForColumn } from './add/rows.ts'
import { withTransactionRetry } from './database-errors.ts'
import type { Engine, JsonColumns, StoreBase } from './engine.ts'
import { parseJson, StoredRow } from './rows.ts'
import { empty, join, raw, run, type Sql, sql } from './sql.ts'
import type { Page, Suppression, SuppressionStore } from './store.ts'
import { stops } from './suppressed.ts'
import type { Scope } from './suppression-store.ts'

const columns = {
  address_key: 'text',
  stream: 'text',
  tenant: 'text',
  reason: 'text',
  origin: 'text',
  note: 'text',
  created_at: 'bigint',
  expires_at: 'bigint',
} as const satisfies JsonColumns

const names = Object.keys(columns)
const rowsAtOnce = 500

export function suppressionStore(base: StoreBase): SuppressionStore {
  return {
    add: async (suppression) => (await addMany(base, [suppression])) === 1,
    addMany: (suppressions) => addMany(base, suppressions),
    remove: (address, scope) => remove(base, address, scope),
    list: (page) => list(base, page),
    check: (address, asked) => check(base, { address, ...asked }),
    purgeExpired: (now, limit) => purgeExpired(base, now, limit),
  }
}

async function addMany(
  { database, engine }: StoreBase,
  suppressions: readonly Suppression[],
): Promise<number> {
  const rows = await lastOfEach(suppressions)
  let added = 0
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const given = JSON.stringify(
      rows.slice(at, at + rowsAtOnce).sort((a, b) => (a.address_key < b.address_key ? -1 : 1)),
    )
    added += await withTransactionRetry(() => database.transaction((tx) => write(tx, given, engine)))
  }
  return added
}

/** Of entries for the same mail the last. A long list lets the event loop have its turn. */
async function lastOfEach(suppressions: readonly Suppression[]): Promise<ReturnType<typeof rowOf>[]> {
  const last = new Map<string, ReturnType<typeof rowOf>>()
  for (const [index, suppression] of suppressions.entries()) {
    const row = rowOf(suppression)
    last.set(JSON.stringify([row.address_key, row.stream, row.tenant]), row)
    if (index % rowsAtOnce === rowsAtOnce - 1) await setImmediate()
  }
  return [...last.values()]
}

/**
 * Counts what is new by looking first: how many rows an ignored insert touched is told differently by each database.
 */
async function write(tx: Executor, given: string, engine: Engine): Promise<number> {
  const { suppression } = engine.tables
  const count = async () => Number((await tx.query(countSql(engine), [given])).rows[0]?.n)
  const before = await count()
  await tx.query(
    engine.insertIgnore(
      suppression,
      names,
      `select ${names.map((name) => `g.${name}`).join(', ')} from ${engine.jsonRows('g', columns)} where true`,
    ),
    [given],
  )
  const after = await count()
  if (before > 0) await tx.query(replaceSql(engine), [given])
  return after - before
}

const same = 'd.address_key = g.address_key and d.stream = g.stream and d.tenant = g.tenant'

function countSql(engine: Engine): string {
  return `select count(*) as n from ${engine.jsonRows('g', columns)} join ${engine.tables.suppression} d on ${same}`
}

function replaceSql(engine: Engine): string {
  const set = Object.fromEntries(names.slice(3).map((name) => [name, `g.${name}`]))
  return engine.updateFrom({
    table: engine.tables.suppression,
    from: engine.jsonRows('g', columns),
    on: same,
    set,
  })
}

/** An entry that was turned into a hash is found by the address, too. */
async function remove(
  { database, engine }: StoreBase,
  address: string,
  { stream, tenant }: Scope,
): Promise<boolean> {
  const { address_key, hash_key } = suppressionKeys(address)
  const { affected } = await run(
    database,
    sql`delete from ${engine.tables.suppression}
      where address_key in (${address_key}, ${hash_key}) and stream = ${stream} and tenant = ${tenant}`,
  )
  return affected > 0
}

/** `match` is how the address or its domain begins. */
async function list(
  { database, engine }: StoreBase,
  { limit, after, match }: Parameters<SuppressionStore['list']>[0],
): Promise<Page<Suppression>> {
  const [address, stream, tenant] = after === undefined ? [] : readCursor(after)
  const conditions = [
    ...(address !== undefined && stream !== undefined && tenant !== undefined
      ? [
          sql`(address_key > ${address} or (address_key = ${address} and stream > ${stream})
            or (address_key = ${address} and stream = ${stream} and tenant > ${tenant}))`,
        ]
      : []),
    ...(match === undefined ? [] : [matches(match)]),
  ]
  const where = conditions.length > 0 ? sql`where ${join(conditions, ' and ')}` : empty
  const { rows } = await run(
    database,
    sql`select * from ${engine.tables.suppression}
      ${where}
      order by address_key, stream, tenant
      limit ${raw(String(Math.trunc(limit) + 1))}`,
  )
  const items = rows.slice(0, limit).map(suppressionOf)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last ? cursorOf(last) : undefined }
}

function matches(match: string): Sql {
  const alternatives = matchedBeginnings(match).map((text) => {
    const [from, to] = prefixRange(text)
    const domain = `%@${text.replace(/[!%_]/g, '!$&')}%`
    return sql`(address_key >= ${from} and address_key < ${to}) or address_key like ${domain} escape '!'`
  })
  return sql`(${join(alternatives, ' or ')})`
}

async function check(
  { database, engine }: StoreBase,
  { address, stream, tenant, now }: Scope & { address: string; now: number },
): Promise<Suppression[]> {
  const keys = join(Object.values(suppressionKeys(address)).map((key) => sql`${key}`))
  const { rows } = await run(
    database,
    sql`select s.* from ${engine.tables.suppression} s
      where s.address_key in (${keys})
      and ${stops({ stream: sql`${stream}`, tenant: sql`${tenant}`, now: sql`${now}` })}
      order by s.address_key, s.stream, s.tenant`,
  )
  return rows.map(suppressionOf)
}

async function purgeExpired({ database, engine }: StoreBase, now: number, limit: number): Promise<number> {
  const { suppression } = engine.tables
  const { rows } = await run(
    database,
    sql`select address_key, stream, tenant
      from ${suppression}
      where expires_at <= ${now}
      limit ${raw(String(Math.trunc(limit)))}`,
  )
  let purged = 0
  for (const { address_key, stream, tenant } of rows) {
    const { affected } = await run(
      database,
      sql`delete from ${suppression}
        where address_key = ${String(address_key)} and stream = ${String(stream)} and tenant = ${String(tenant)}
        and expires_at <= ${now}`,
    )
    purged += affected
  }
  return purged
}

function rowOf({ address, stream, tenant, reason, origin, note, createdAt, expiresAt }: Suppression) {
  return {
    address_key: storedKey(address),
    stream,
    tenant,
    reason: truncateForColumn(reason, 60),
    origin: truncateForColumn(origin, 60),
    note: note === null ? null : truncateForColumn(note, 2_000),
    created_at: createdAt,
    expires_at: expiresAt,
  }
}

function suppressionOf(row: Row): Suppression {
  const read = new StoredRow(row)
  return {
    address: read.text('address_key'),
    stream: read.text('stream'),
    tenant: read.text('tenant'),
    reason: read.text('reason'),
    origin: read.text('origin'),
    note: read.textOrNull('note'),
    createdAt: read.time('created_at'),
    expiresAt: read.timeOrNull('expires_at'),
  }
}

/** From the prefix itself up to, not including, what follows everything that begins with it. */
export function prefixRange(prefix: string): [from: string, to: string] {
  return [prefix, `${prefix}\u{10ffff}`]
}

function cursorOf({ address, stream, tenant }: Suppression): string {
  return Buffer.from(JSON.stringify([address, stream, tenant])).toString('base64url')
}

function readCursor(cursor: string): string[] {
  const parsed = parseJson(Buffer.from(cursor, 'base64url').toString())
  return Array.isArray(parsed) ? parsed.map(String) : []
}
