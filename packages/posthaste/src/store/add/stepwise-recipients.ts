import type { Engine } from '../engine.ts'
import { raw, sql } from '../sql.ts'
import type { Steps } from '../statement.ts'
import { suppressedAmong } from '../suppressed.ts'
import { type recipientColumns, tableOf } from './rows.ts'
import type { RecipientKey } from './stored-rows.ts'

type RecipientRow = Record<keyof typeof recipientColumns, string | number>

/** So many fit into every database's packet, however long the addresses are. */
const atOnce = 1_000

const columns = {
  mail_id: 'id',
  seq: 'integer',
  kind: 'text',
  address: 'text',
  address_key: 'text',
  state: 'text',
} as const
const names = Object.keys(columns) as (keyof typeof columns)[]

interface AddedRecipients {
  /** Addresses on the suppression list, by mail. */
  readonly suppressed: ReadonlyMap<string, readonly string[]>
  /** One of each statement: its rows stand and fall together. */
  readonly recipients: readonly RecipientKey[]
}

/**
 * Stores the recipients. The suppression list is read with a plain select beforehand: read within the insert, MySQL
 * would lock its gaps until the user's commit.
 */
export function* addRecipients(
  engine: Engine,
  rows: readonly RecipientRow[],
  now: number,
): Steps<AddedRecipients> {
  const suppressed = new Map<string, string[]>()
  const recipients: RecipientKey[] = []
  for (let at = 0; at < rows.length; at += atOnce) {
    const some = rows.slice(at, at + atOnce)
    const refused = yield* refusedAmong(engine, some, now)
    yield* insert(engine, some, refused)
    recipients.push({ mail_id: String(some[0]?.mail_id), seq: Number(some[0]?.seq) })
    for (const row of refused) {
      const id = dashed(String(row.mail_id))
      const known = suppressed.get(id) ?? []
      known.push(String(row.address))
      suppressed.set(id, known)
    }
  }
  return { suppressed, recipients }
}

function* insert(
  engine: Engine,
  rows: readonly RecipientRow[],
  refused: ReadonlySet<RecipientRow>,
): Steps<void> {
  const { recipient, mail } = engine.tables
  const given = rows.map((row) => ({
    ...Object.fromEntries(names.map((name) => [name, row[name]])),
    state: refused.has(row) ? 'suppressed' : 'pending',
  }))
  yield sql`insert into ${recipient} (${raw(names.join(', '))})
select m.id, r.seq, r.kind, r.address, r.address_key, r.state
from ${tableOf(engine, 'r', columns, given)}
${engine.lookup(mail, 'm')} on m.id = ${engine.fromJsonId('r.mail_id')}`
}

function* refusedAmong(engine: Engine, rows: readonly RecipientRow[], now: number): Steps<Set<RecipientRow>> {
  const asked = rows.map((row) => ({
    row,
    stream: String(row.stream),
    tenant: String(row.tenant),
    keys: [row.address_key, row.domain_key, row.hash_key].map(String),
  }))
  const refused = yield* suppressedAmong(asked, now, engine)
  return new Set([...refused].map(({ row }) => row))
}

function dashed(id: string): string {
  return id.includes('-')
    ? id
    : `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`
}
