import type { Cell } from '../cell.ts'
import {
  betterSqlite,
  byHandle,
  drizzleOn,
  libsql,
  libsqlClient,
  mysql2,
  neonPool,
  pg,
  postgresJs,
  vercelPool,
} from '../drivers.ts'
import { type Runtime, runtimeCell } from '../runtimes.ts'

const node: Runtime = { name: 'Node', packages: {}, command: 'node shop.mjs' }

export const cells: readonly Cell[] = [
  { ...runtimeCell(node, libsql), short: true },
  runtimeCell(node, byHandle(libsql)),
  { ...runtimeCell(node, libsqlClient), short: true },
  runtimeCell(node, drizzleOn('libsql', libsqlClient)),
  runtimeCell(node, drizzleOn('better-sqlite3', betterSqlite)),
  ...[neonPool, vercelPool].map((driver) => runtimeCell(node, driver)),
  ...[
    drizzleOn('neon-serverless', neonPool),
    drizzleOn('node-postgres', pg),
    drizzleOn('postgres-js', postgresJs),
    drizzleOn('mysql2', mysql2),
  ].map((driver) => runtimeCell(node, driver)),
  {
    ...runtimeCell(node, drizzleOn('vercel-postgres', vercelPool)),
    // Drizzle would have a newer one beside Vercel's, and it is that which the app would lead to the server.
    overrides: { '@neondatabase/serverless': '0.9.5' },
  },
]
