import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { printMigrations } from '../src/store/migrate.ts'
import { migrations } from '../src/store/migrations.ts'
import { mysqlEngine } from '../src/store/mysql/engine.ts'
import { mariadb } from '../src/store/mysql/variants.ts'
import { postgresEngine } from '../src/store/postgres/engine.ts'
import { sqliteEngine } from '../src/store/sqlite/engine.ts'

test('the text of the initial migration is the one that its fingerprint stands for', () => {
  const engines = [
    postgresEngine('posthaste'),
    mysqlEngine({ prefix: 'posthaste_', variant: mariadb }),
    sqliteEngine('posthaste_'),
  ]
  const text = engines.flatMap((engine) => [...engine.bookkeeping(), ...engine.initialTables()]).join(';\n')
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  expect(migrations[0]?.fingerprint).toBe(hash)
})

test('migrations are printed from one on, and none that there is not', () => {
  const engine = postgresEngine('posthaste')
  expect(printMigrations(engine)).toContain('create table if not exists')
  expect(printMigrations(engine, 2)).toBe('')
  expect(() => printMigrations(engine, 3)).toThrow('there is no migration 3 yet')
})
