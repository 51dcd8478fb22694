import { hash } from 'node:crypto'
import { domainToUnicode } from 'node:url'
import type { Row, Value } from '../../connections/database.ts'
import { separatorOf } from '../../mail/address-key.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { StoreBase } from '../engine.ts'
import { join, raw, run, sql } from '../sql.ts'
import type { TableName } from '../tables.ts'

/**
 * Where an app, a person or a server may have written an address in words of their own. Recipients and suppressions are
 * found by their keys.
 */
const searched: readonly Searched[] = [
  {
    table: 'mail',
    key: ['id'],
    columns: {
      ...{ message_id: 300, subject: 200, subject_key: 100 },
      ...{ tenant: 120, metadata: Infinity, idempotency_key: 255 },
    },
  },
  {
    table: 'idempotency',
    key: ['tenant', 'idempotency_key'],
    columns: { tenant: 120, idempotency_key: 255 },
  },
  { table: 'tag', key: ['mail_id', 'tag'], columns: { tag: 120 } },
  {
    table: 'attempt',
    key: ['mail_id', 'token'],
    columns: { worker: 200, reply: Infinity, error_code: 60, server_message_id: 300 },
  },
  {
    table: 'suppression',
    key: ['address_key', 'stream', 'tenant'],
    columns: { tenant: 120, reason: 60, origin: 60, note: Infinity },
  },
  { table: 'pause', key: ['stream'], columns: { reason: Infinity, who: 200 } },
  { table: 'transport', key: ['name'], columns: { reason: Infinity } },
  { table: 'worker', key: ['id'], columns: { own_fault: 500 } },
  {
    table: 'refusal',
    key: ['mail_id', 'seq', 'transport'],
    columns: { reply: 200, sender: 320, tenant: 120 },
  },
  { table: 'brake', key: ['transport', 'scope', 'value'], columns: { value: 320, reply: 200 } },
]

interface Searched {
  readonly table: TableName
  readonly key: readonly string[]
  /** With how many characters each takes. */
  readonly columns: Readonly<Record<string, number>>
}

export interface Scrubbing {
  /** The address key. */
  readonly address: string
  /** What stands in its place. */
  readonly trace: string
}

/** Replaces an address wherever it stands as a text among others. Reads whole tables: it has no index. */
export async function scrub(base: StoreBase, asked: Scrubbing): Promise<void> {
  if (separatorOf(asked.address) <= 0) return
  for (const where of searched) await scrubTable(base, where, asked)
}

async function scrubTable(base: StoreBase, where: Searched, asked: Scrubbing): Promise<void> {
  const { database, engine } = base
  const names = [...new Set([...where.key, ...Object.keys(where.columns)])]
  const { rows } = await run(
    database,
    sql`select ${raw(names.join(', '))}
      from ${engine.tables[where.table]}
      where ${mentions(Object.keys(where.columns), asked.address)}`,
  )
  for (const row of rows) await scrubRow(base, row, { ...where, asked })
}

/** Whether a column holds the address, or what ends with it. */
export function mentions(columns: readonly string[], address: string) {
  const each = columns.flatMap((column) =>
    spellings(address).map((text) => {
      const anywhere = `%${text.replace(/[!%_]/g, '!$&')}%`
      return sql`lower(${raw(column)}) like ${anywhere} escape '!'`
    }),
  )
  return sql`(${join(each, ' or ')})`
}

async function scrubRow(
  { database, engine }: StoreBase,
  row: Row,
  { table, key, columns, asked }: Searched & { asked: Scrubbing },
): Promise<void> {
  const changed = Object.entries(columns).flatMap(([column, width]) => {
    const text = row[column]
    const scrubbed = typeof text === 'string' ? scrubbedText(text, width, asked) : text
    return scrubbed === text ? [] : [sql`${raw(column)} = ${scrubbed as string}`]
  })
  if (changed.length === 0) return
  const same = key.map((column) => sql`${raw(column)} = ${row[column] as Value}`)
  const statement = sql`update ${engine.tables[table]}
    set ${join(changed)}
    where ${join(same, ' and ')}`
  await withTransactionRetry(() => run(database, statement))
}

/** What would be too long for its column is a hash as a whole. */
function scrubbedText(text: string, width: number, { address, trace }: Scrubbing): string {
  const scrubbed = spellings(address).reduce((rest, one) => rest.replace(asWord(one), trace), text)
  return scrubbed === text || scrubbed.length <= width
    ? scrubbed
    : `sha256:${hash('sha256', text)}`.slice(0, width)
}

export function names(text: string, address: string): boolean {
  return spellings(address).some((one) => asWord(one).test(text))
}

/** Not `nevada@example.com`, where `ada@example.com` is meant. */
function asWord(address: string): RegExp {
  const text = address.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return new RegExp(`(?<![\\p{L}\\p{N}])${text}(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])`, 'giu')
}

function spellings(address: string): string[] {
  const at = separatorOf(address)
  return [...new Set([address, `${address.slice(0, at)}@${domainToUnicode(address.slice(at + 1))}`])]
}
