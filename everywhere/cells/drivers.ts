import type { Cell } from '../cell.ts'
import { betterSqlite, byHandle, drizzleOn, libsql, libsqlClient, neonPool, vercelPool } from '../drivers.ts'
import { type Runtime, runtimeCell } from '../runtimes.ts'

const node: Runtime = { name: 'Node', packages: {}, command: 'node shop.mjs' }

export const cells: readonly Cell[] = [
  { ...runtimeCell(node, libsql), short: true },
  runtimeCell(node, byHandle(libsql)),
  { ...runtimeCell(node, libsqlClient), short: true },
  runtimeCell(node, drizzleOn('libsql', libsqlClient)),
  runtimeCell(node, drizzleOn('better-sqlite3', betterSqlite)),
  ...[neonPool, vercelPool].map((driver) => runtimeCell(node, driver)),
  runtimeCell(node, drizzleOn('neon-serverless', neonPool)),
]
