import type { NewEntry, StoredMail, StoredMails } from '../add/new-mail.ts'
import type { Engine } from '../engine.ts'
import type { StoreGuard } from '../enqueue-store.ts'
import type { Steps } from '../statement.ts'
import { postgresAddSql } from './add-many-sql.ts'

export interface AddedMany {
  /** All of the mails, or none. */
  readonly stored: StoredMails
  /** Their ids, where none was stored: those whose key is free or none. */
  readonly fresh: ReadonlySet<string>
}

/** One statement, planned each time, for tables of every version. */
export function* addMany(
  entries: readonly NewEntry[],
  guard: StoreGuard | undefined,
  engine: Engine,
): Steps<AddedMany | undefined> {
  const { rows } = yield postgresAddSql(engine, entries, guard)
  if (Number(rows[0]?.open) === 0) return undefined
  const suppressed = parse<[string, string]>(rows[0]?.suppressed)
  const addressesOf = (id: string) =>
    suppressed.filter(([mailId]) => mailId === id).map(([, address]) => address)
  const states = parse<[string, StoredMail['state']]>(rows[0]?.states)
  return {
    stored: new Map(states.map(([id, state]) => [id, { state, suppressed: addressesOf(id) }])),
    fresh: new Set(parse<string>(rows[0]?.fresh)),
  }
}

function parse<T>(json: unknown): T[] {
  if (json === null || json === undefined) return []
  return (typeof json === 'string' ? JSON.parse(json) : json) as T[]
}
