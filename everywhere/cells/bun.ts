import type { Cell } from '../cell.ts'
import {
  betterSqlite,
  bunSqlite,
  bunSqls,
  byHandle,
  type Driver,
  drizzleOn,
  libsql,
  libsqlClient,
  mysql2,
  nodeSqlite,
  pg,
  postgresJs,
} from '../drivers.ts'
import { type PageApp, runPageApp } from '../page-app.ts'
import { onLinux, type Runtime, runtimeCell } from '../runtimes.ts'

const command = 'node_modules/@oven/bun-linux-x64/bin/bun shop.mjs'
const bun: Runtime = { name: 'Bun 1.4.5', packages: { '@oven/bun-linux-x64': '1.4.5' }, command }
/** Which has no node:sqlite. */
const olderBun: Runtime = { name: 'Bun 1.3.14', packages: { '@oven/bun-linux-x64': '1.3.14' }, command }

export const cells: readonly Cell[] = [
  { ...runtimeCell(bun, bunSqlite), short: true },
  ...[byHandle(bunSqlite), drizzleOn('bun-sqlite', bunSqlite), nodeSqlite, betterSqlite].map(inBun),
  ...[libsql, libsqlClient, pg, mysql2, postgresJs, ...bunSqls, drizzleOn('bun-sql', bunSqls[0])].map(inBun),
  runtimeCell(olderBun, bunSqlite),
  page('bun-sqlite.mjs', {
    database: 'sqlite',
    before: `import { Database } from 'bun:sqlite'
new Database('shop.db').run('create table app_order (what text not null)')`,
  }),
  page('bun-sql.mjs', {
    database: 'postgres',
    before: `import { SQL } from 'bun'
process.env.DATABASE_URL = process.env.SHOP_DATABASE
await new SQL(process.env.DATABASE_URL).unsafe('create table app_order (what text not null)')`,
  }),
]

function page(file: string, app: Pick<PageApp, 'database' | 'before'>): Cell {
  const { name, packages } = bun
  return {
    name: `${name}, ${file} of the page`,
    short: true,
    packages: { ...packages, ...pg.packages },
    skip: onLinux,
    run: (place) => runPageApp({ heading: 'Bun', file, command, ...app }, place),
  }
}

function inBun(driver: Driver): Cell {
  return runtimeCell(bun, driver)
}
