import type { Engine } from '../engine.ts'
import { allStatements, appliedSql, refuseVersion } from '../migrate.ts'
import { versionOf } from '../migrations.ts'
import { sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'

/**
 * Inside a transaction of the app's own: makes the tables where they are missing, and checks their version. Asked each
 * time, for tables that were made in a transaction go with it.
 *
 * @throws {PH_NOT_MIGRATED} {PH_SCHEMA_TOO_NEW} {PH_SCHEMA_UNKNOWN}
 */
export function* ensureTables(engine: Engine): Steps<void> {
  const name = engine.tables.migration.sql.replaceAll('"', '')
  const { rows } = yield sql`select name from sqlite_master where type = 'table' and name = ${name}`
  if (rows.length === 0) {
    for (const statement of allStatements(engine)) yield* ask(statement)
    return
  }
  const applied = yield appliedSql(engine)
  refuseVersion(versionOf(applied.rows))
}
