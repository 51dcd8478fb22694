import type { Engine } from '../engine.ts'
import type { RowGuard, StoreGuard } from '../enqueue-store.ts'
import { join, type Sql, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import { tableOf } from './rows.ts'
import { insertMails } from './stepwise-sql.ts'

export const always: Sql = sql`1 = 1`

/** Writes the rows of a guard where `where` is so; false where they were not written, or not in a transaction. */
export function* insertGuard(guard: StoreGuard, where: Sql, engine: Engine): Steps<boolean> {
  const condition = join([where, guardCondition(guard.outer, engine)], ' and ')
  const { affected, open } = yield* ask(statementOf(guard, condition, engine))
  return affected > 0 && open !== false
}

function statementOf(guard: StoreGuard, where: Sql, engine: Engine): Sql {
  if (guard.by !== 'mails') return insertRow(guard.token, where, engine)
  return insertMails(engine, guard.mails, where)
}

function insertRow(token: string, where: Sql, engine: Engine): Sql {
  return sql`insert into ${engine.tables.meta} (name, value)
select g.name, '' from ${tableOf(engine, 'g', { name: 'text' }, [{ name: rowName(token) }])}
where ${where}`
}

/** A condition that is true only inside the transaction of the guard, and of the one around it. */
export function guardCondition(guard: StoreGuard | undefined, engine: Engine): Sql {
  if (guard?.by !== 'row') return always
  const there = sql`exists (select 1 from ${engine.tables.meta} h where h.name = ${rowName(guard.token)})`
  return guard.outer ? sql`${there} and ${guardCondition(guard.outer, engine)}` : there
}

/** Does this connection see what was written first in the transaction of the guard? */
export function* seesGuard(guard: StoreGuard, engine: Engine): Steps<boolean> {
  const { mail, meta } = engine.tables
  const { rows } = yield* ask(
    guard.by === 'mails'
      ? sql`${engine.selectBriefly} 1 as held from ${mail} where id = ${engine.id(guard.mails[0]?.id ?? '')}`
      : sql`${engine.selectBriefly} 1 as held from ${meta} where name = ${rowName(guard.token)}`,
  )
  return rows.length > 0
}

export function* deleteGuard({ token }: RowGuard, engine: Engine): Steps<void> {
  yield sql`delete from ${engine.tables.meta} where name = ${rowName(token)}`
}

/** What maintenance sweeps where it stayed behind. */
function rowName(token: string): string {
  return `hold ${token}`
}
