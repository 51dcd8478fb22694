import type { DatabaseSync } from 'node:sqlite'
import type { Connection } from 'mysql2/promise'
import type pg from 'pg'
import type { MailSql } from '../../src/index.ts'
import type { AppDatabase } from './app-database.ts'
import { type DatabaseKind, type EngineName, engineOf } from './databases.ts'

type Params = MailSql['statements'][number]['params']

const runs: Record<EngineName, (tx: object, sql: string, params: Params) => unknown> = {
  postgres: (tx, sql, params) => (tx as pg.Client).query(sql, [...params]),
  mysql: (tx, sql, params) => (tx as Connection).execute(sql, [...params] as string[]),
  sqlite: (tx, sql, params) => (tx as DatabaseSync).prepare(sql).run(...(params as string[])),
}

/** Runs what `toSQL` gave on the app's own driver, in a transaction; gives the id. */
export async function runAsSql(
  app: AppDatabase,
  { id, statements }: MailSql,
  kind: DatabaseKind,
): Promise<string> {
  await app.begin()
  for (const { sql, params } of statements) await runs[engineOf(kind)](app.tx, sql, params)
  await app.commit()
  return id
}
