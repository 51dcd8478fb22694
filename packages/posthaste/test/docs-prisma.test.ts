import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tableNames } from '../src/store/tables.ts'

const page = readFileSync(new URL('../../../docs/guide/migrations.md', import.meta.url), 'utf8')

test('every table is named to Prisma as one that is not its own', () => {
  const [, external = ''] = /external: \[([^\]]+)\]/.exec(page) ?? []
  expect([...external.matchAll(/'posthaste_(\w+)'/g)].map(([, name]) => name)).toEqual(tableNames)
})
