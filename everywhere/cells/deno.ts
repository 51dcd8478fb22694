import type { Cell } from '../cell.ts'
import { betterSqlite, libsql, mysql2, nodeSqlite, pg, postgresJs } from '../drivers.ts'
import { adviceOf } from '../page.ts'
import { type Runtime, runtimeCell } from '../runtimes.ts'

/** The page's own command: what it allows is enough, and no more. */
const [command = ''] = adviceOf('runtimes', 'Deno').commands

export const cells: readonly Cell[] = [
  { ...runtimeCell(deno(command), nodeSqlite), short: true },
  runtimeCell(deno(command), mysql2),
  ...[pg, postgresJs].map((driver) => runtimeCell(deno(command.replace(/(--allow-env)=\S+/, '$1')), driver)),
  ...[betterSqlite, libsql].map((driver) =>
    runtimeCell(
      deno(command.replace(/(--allow-(?:env|read|sys))=\S+/g, '$1').replace('run', 'run --allow-ffi')),
      driver,
    ),
  ),
]

function deno(line: string): Runtime {
  return {
    name: 'Deno 2.9.6',
    packages: { '@deno/linux-x64-glibc': '2.9.6' },
    command: `node_modules/@deno/linux-x64-glibc/${line}`,
  }
}
