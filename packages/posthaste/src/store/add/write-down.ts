import type { Database } from '../../connections/database.ts'
import type { Engine } from '../engine.ts'
import type { Statement } from '../sql.ts'
import type { Steps } from '../statement.ts'
import { addAtOnce } from './add.ts'
import type { NewEntry } from './new-mail.ts'

/**
 * The statements that store a mail without content of its own, in their order, run by nobody yet. Nothing is claimable before the last of
 * them, which stores nothing where one of the others is missing.
 */
export async function writeDown(
  entry: NewEntry,
  { database, engine }: { database: Database; engine: Engine },
): Promise<Statement[]> {
  const steps = addAtOnce([entry], { written: new WeakSet() }, engine)
  return engine.kind === 'postgres' ? firstOf(steps) : allOf(steps, database)
}

/** PostgreSQL: what follows the one statement only reads what came of it. */
function firstOf(steps: Steps<unknown>): Statement[] {
  const { value, done } = steps.next()
  return done ? [] : [value]
}

/** What the steps ask (who must not be mailed) is asked now; what they store is taken as stored. */
async function allOf(steps: Steps<unknown>, database: Database): Promise<Statement[]> {
  const written: Statement[] = []
  let next = steps.next()
  while (!next.done) {
    const { sql, params } = next.value
    const asks = /^\s*select\b/i.test(sql)
    if (!asks) written.push(next.value)
    next = steps.next(asks ? await database.query(sql, params) : { rows: [], affected: 1 })
  }
  return written
}
