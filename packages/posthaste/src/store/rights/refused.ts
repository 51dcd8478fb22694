import { PosthasteError } from '../../errors.ts'
import { errorText, peek } from '../../foreign.ts'
import { isForbidden } from '../database-errors.ts'

/** The error that says which right was missing, where the database refused a statement for want of one. */
export function refusedRight(error: unknown, statement: string): PosthasteError | undefined {
  if (!isForbidden(error)) return undefined
  const words = errorText(error)
  const [, table] = /^permission denied for table "?(\w+)"?$/.exec(words) ?? []
  const wanted =
    table === undefined
      ? wantedByLock(words)
      : ` (the statement wants ${wantedOf(ranIn(error, statement), table)})`
  return new PosthasteError('PH_DATABASE_RIGHTS', `${words}${wanted}`, { cause: error })
}

/** MySQL does not say what it wants for one. */
function wantedByLock(words: string): string {
  return /locking clause/.test(words) ? ' (a lock wants UPDATE or DELETE on it)' : ''
}

/** PostgreSQL tells which statement of a function it was. */
function ranIn(error: unknown, statement: string): string {
  const [, within] = /^[\w/ ]+ "([\s\S]*)"\nPL\/pgSQL function/.exec(String(peek(error, 'where') ?? '')) ?? []
  return within ?? statement
}

/** What a statement of ours does to a table; PostgreSQL says only that it may not. */
function wantedOf(statement: string, table: string): string {
  const does = (verb: string) => new RegExp(`\\b${verb}\\s+(?:"[^"]+"\\.)?"${table}"`, 'i').test(statement)
  const changes = does('update') || does('delete from')
  const rights = {
    INSERT: does('insert into'),
    UPDATE: does('update') || /\bfor (?:no key |key )?(?:update|share)\b/i.test(statement),
    DELETE: does('delete from'),
    SELECT: changes || /(?<!delete )\bfrom\s/i.test(statement),
  }
  const wanted = Object.entries(rights).flatMap(([name, isWanted]) => (isWanted ? [name] : []))
  return `${wanted.join(', ')} on ${table}`
}
