import type { Cell } from '../cell.ts'
import { betterSqlite, mysql2, nodeSqlite, pg, postgresJs } from '../drivers.ts'
import { type Runtime, runtimeCell } from '../runtimes.ts'

const bun: Runtime = {
  name: 'Bun 1.4.5',
  packages: { '@oven/bun-linux-x64': '1.4.5' },
  command: 'node_modules/@oven/bun-linux-x64/bin/bun shop.mjs',
}

export const cells: readonly Cell[] = [
  { ...runtimeCell(bun, nodeSqlite), short: true },
  ...[betterSqlite, pg, mysql2, postgresJs].map((driver) => runtimeCell(bun, driver)),
]
