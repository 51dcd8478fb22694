import type { Cell } from '../cell.ts'
import { mysql2, pg } from '../drivers.ts'
import { startNeonHttp } from '../neon.ts'
import { type PageApp, runPageApp } from '../page-app.ts'
import { startPlanetscaleHttp } from '../planetscale.ts'

const heading = 'PostgreSQL and MySQL behind HTTP'

const neon: PageApp = {
  heading,
  command: 'node shop.mjs',
  file: 'neon.mjs',
  database: 'postgres',
  start: startNeonHttp,
  before: `import pg from 'pg'
import { neonConfig } from '@neondatabase/serverless'
neonConfig.fetchEndpoint = process.env.SHOP_HTTP
process.env.DATABASE_URL = 'postgres://user:word@127.0.0.1/shop'
const own = new pg.Client(process.env.SHOP_DATABASE)
await own.connect()
await own.query('create table app_order (what text not null)')
await own.end()`,
}

const planetscale: PageApp = {
  heading,
  command: 'node shop.mjs',
  file: 'planetscale.mjs',
  database: 'mariadb',
  start: startPlanetscaleHttp,
  before: `import mysql from 'mysql2/promise'
process.env.DATABASE_URL = process.env.SHOP_HTTP
const own = await mysql.createConnection(process.env.SHOP_DATABASE)
await own.query('create table app_order (what varchar(80) not null)')
await own.end()`,
}

export const cells: readonly Cell[] = [
  {
    name: 'Neon over HTTP, by toSQL as the page says',
    short: true,
    packages: { '@neondatabase/serverless': '1.2.0', ...pg.packages },
    run: (place) => runPageApp(neon, place),
  },
  {
    name: 'PlanetScale over HTTP, by toSQL as the page says',
    short: true,
    packages: { '@planetscale/database': '1.20.2', ...mysql2.packages },
    run: (place) => runPageApp(planetscale, place),
  },
]
