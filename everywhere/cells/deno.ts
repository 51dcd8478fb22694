import type { Cell } from '../cell.ts'
import { betterSqlite, mysql2, nodeSqlite, pg, postgresJs } from '../drivers.ts'
import { type Runtime, runtimeCell } from '../runtimes.ts'

const deno: Runtime = {
  name: 'Deno 2.9.6',
  packages: { '@deno/linux-x64-glibc': '2.9.6' },
  command: 'node_modules/@deno/linux-x64-glibc/deno run -A shop.mjs',
}

export const cells: readonly Cell[] = [
  { ...runtimeCell(deno, nodeSqlite), short: true },
  ...[betterSqlite, pg, mysql2, postgresJs].map((driver) => runtimeCell(deno, driver)),
]
