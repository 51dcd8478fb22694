import type { Executor, Row } from '../../connections/database.ts'
import { suppressionKeys } from '../add/rows.ts'
import type { Engine } from '../engine.ts'

interface Among {
  readonly streamOf: (row: Row) => string
  readonly now: number
  readonly engine: Engine
}

/** Which of these recipient rows the suppression list has by now. Differs from PostgreSQL because SQLite knows no SHA-256. */
export async function suppressedAmong(
  tx: Executor,
  rows: readonly Row[],
  { streamOf, now, engine }: Among,
): Promise<Set<Row>> {
  const pending = rows.filter(({ state }) => state === 'pending').map((row) => ({ row, keys: keysOf(row) }))
  if (pending.length === 0) return new Set()
  const keys = [...new Set(pending.flatMap((one) => one.keys))]
  const found = await tx.query(
    `select s.address_key, s.stream from ${engine.jsonRows('k', { key_text: 'text' })}
     join ${engine.tables.suppression} s on s.address_key = k.key_text where s.expires_at is null or s.expires_at > ?`,
    [JSON.stringify(keys.map((key_text) => ({ key_text }))), now],
  )
  const listed = new Set(found.rows.map((row) => `${row.address_key} ${row.stream}`))
  const hit = (key: string, stream: string) => listed.has(`${key} `) || listed.has(`${key} ${stream}`)
  return new Set(
    pending.filter(({ row, keys }) => keys.some((key) => hit(key, streamOf(row)))).map(({ row }) => row),
  )
}

function keysOf(row: Row): string[] {
  const { address_key, domain_key, hash_key } = suppressionKeys(String(row.address_key))
  return [address_key, domain_key, hash_key]
}
