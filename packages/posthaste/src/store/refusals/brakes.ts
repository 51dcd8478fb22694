import { type Brake, brakeScopes } from '../../brake.ts'
import { latestBelieved } from '../../clock.ts'
import type { Row } from '../../connections/database.ts'
import { truncateForColumn } from '../add/rows.ts'
import type { StoreBase } from '../engine.ts'
import { StoredRow } from '../rows.ts'
import { empty, run, type Sql, sql } from '../sql.ts'
import { earlierMs, isOver, mayBegin, stoppageOf } from '../stored-times.ts'
import { nameOf } from './refusals.ts'

export async function readBrakes(
  { database, engine }: StoreBase,
  { now, transport }: { now: number; transport: string | undefined },
): Promise<Brake[]> {
  const which = transport === undefined ? empty : sql`where transport = ${nameOf(transport)}`
  const { rows } = await run(
    database,
    sql`select * from ${engine.tables.brake} ${which} order by transport, scope, value`,
  )
  return rows.flatMap((row) => brakeOf(row, now))
}

/** One row for each: one that comes back remembers how long it was on before. */
export async function beginBrake({ database, engine }: StoreBase, brake: Brake): Promise<boolean> {
  const { since, canaryAt } = brake
  const reply = truncateForColumn(brake.reply, 200)
  const names = ['transport', 'scope', 'value', 'reply', 'since', 'canary_at', 'ended_at']
  await database.query(engine.insertIgnore(engine.tables.brake, names, 'values (?, ?, ?, ?, ?, ?, ?)'), [
    nameOf(brake.transport),
    brake.scope,
    storedValue(brake),
    reply,
    since,
    canaryAt,
    since,
  ])
  // In this order: MySQL assigns from left to right.
  const { affected } = await run(
    database,
    sql`update ${engine.tables.brake}
      set earlier_ms = ${earlierMs(since)}, reply = ${reply}, since = ${since},
        canary_at = ${canaryAt}, canary_until = null, ended_at = null
      where ${named(brake)} and ${mayBegin(since)}`,
  )
  return affected === 1
}

export async function takeCanary(
  { database, engine }: StoreBase,
  brake: Brake,
  { now, until }: { now: number; until: number },
): Promise<boolean> {
  const { affected } = await run(
    database,
    sql`update ${engine.tables.brake}
      set canary_until = ${until}
      where ${named(brake)} and ended_at is null and ${isOver('canary_at', now)}
        and (canary_until is null or ${isOver('canary_until', now)})`,
  )
  return affected === 1
}

export async function moveCanary(
  { database, engine }: StoreBase,
  brake: Brake,
  canaryAt: number,
): Promise<void> {
  await run(
    database,
    sql`update ${engine.tables.brake}
      set canary_at = ${canaryAt}, canary_until = null
      where ${named(brake)} and ended_at is null
        and (canary_at < ${canaryAt} or canary_at > ${latestBelieved(canaryAt)})`,
  )
}

export async function releaseBrake(
  { database, engine }: StoreBase,
  brake: Brake,
  now: number,
): Promise<boolean> {
  const { affected } = await run(
    database,
    sql`update ${engine.tables.brake} set ended_at = ${now} where ${named(brake)} and ended_at is null`,
  )
  return affected === 1
}

function named(brake: Brake): Sql {
  return sql`transport = ${nameOf(brake.transport)} and scope = ${brake.scope} and value = ${storedValue(brake)}`
}

function storedValue({ value }: Brake): string {
  return truncateForColumn(value, 320)
}

/** One that cannot be read is none: it would keep mail back that nothing refused. */
function brakeOf(row: Row, now: number): Brake[] {
  const [stoppage] = stoppageOf(row, now)
  if (!stoppage) return []
  const read = new StoredRow(row)
  const canaryAt = read.time('canary_at')
  const brake: Brake = {
    ...stoppage,
    transport: read.text('transport'),
    scope: read.oneOf('scope', brakeScopes, 'transport'),
    value: read.text('value'),
    reply: read.text('reply'),
    canaryAt: canaryAt <= latestBelieved(now) ? canaryAt : stoppage.since,
  }
  return read.faults.length === 0 ? [brake] : []
}
