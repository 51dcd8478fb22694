import type { Cell } from '../cell.ts'

/** What cannot be taken says so by a catalogued error, which says what to do instead. Nothing is connected to. */
const program = `import { createClient } from '@libsql/client'
import { neon } from '@neondatabase/serverless'
import { Client, connect } from '@planetscale/database'
import { createPool, sql } from '@vercel/postgres'
import { drizzle as drizzleNeon } from 'drizzle-orm/neon-http'
import { drizzle as drizzlePlanetScale } from 'drizzle-orm/planetscale-serverless'
import { createMailQueue } from 'posthaste'
const url = 'postgres://user:word@shop-pooler.localhost/shop'
const answering = { url: 'mysql://user:word@localhost/shop', fetch: async () => Response.json({}) }
const libsql = createClient({ url: 'file:shop.db' })
const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }
const queue = (database) => createMailQueue({ database })
const within = (database, tx) => queue(database).enqueueIn(tx, letter)
const calls = {
  'neon() as a transaction': () => within(url, neon(url)),
  'PlanetScale: a transaction': () => connect(answering).transaction((tx) => within(answering.url, tx)),
  'PlanetScale: its client': () => within(answering.url, new Client(answering)),
  'PlanetScale: its connection': () => within(answering.url, connect(answering)),
  'Drizzle on PlanetScale': () =>
    drizzlePlanetScale(new Client(answering)).transaction((tx) => within(answering.url, tx)),
  'Drizzle on neon()': () => within(url, drizzleNeon(neon(url))),
  "Vercel's pool as a transaction": () => within(url, createPool({ connectionString: url })),
  "Vercel's sql as a transaction": () => within(url, sql),
  'a libSQL client as a transaction': () => within('file:shop.db', libsql),
  'neon() as the database': () => queue(neon(url)).migrate(),
  'PlanetScale as the database': () => queue(new Client(answering)).migrate(),
  'a libSQL client as the database': () => queue(libsql).migrate(),
  'a libSQL server as the database': () => queue('libsql://shop.turso.io').migrate(),
}
for (const [what, call] of Object.entries(calls)) {
  const error = await call().catch((error) => error)
  console.log(what + ': ' + error?.code + ': ' + error?.message)
}
`

const wanted = [
  ...['neon() as a transaction', 'PlanetScale: a transaction', 'PlanetScale: its client'].map(unsupported),
  ...['PlanetScale: its connection', 'Drizzle on PlanetScale', 'Drizzle on neon()'].map(unsupported),
  "Vercel's pool as a transaction: PH_POOL_AS_TRANSACTION: ",
  "Vercel's sql as a transaction: PH_TRANSACTION_HANDLE: .*toSQL",
  'a libSQL client as a transaction: PH_POOL_AS_TRANSACTION: .*not the tx of its transaction',
  'neon() as the database: PH_DATABASE_HANDLE: .*pass the URL',
  'PlanetScale as the database: PH_DATABASE_HANDLE: .*pass the URL',
  'a libSQL client as the database: PH_DATABASE_HANDLE: .*pass the URL',
  'a libSQL server as the database: PH_DATABASE_URL: .*Turso',
]

function unsupported(what: string): string {
  return `${what}: PH_DRIVER_UNSUPPORTED: .*toSQL`
}

export const cells: readonly Cell[] = [
  {
    name: 'drivers that are refused',
    short: true,
    packages: {
      '@libsql/client': '0.18.0',
      '@neondatabase/serverless': '1.2.0',
      '@planetscale/database': '1.20.2',
      '@vercel/postgres': '0.10.0',
      'drizzle-orm': '0.45.4',
    },
    async run(place) {
      await place.write('shop.mjs', program)
      const lines = (await place.shell('node shop.mjs')).trim().split('\n')
      const pattern = (text: string) => new RegExp(`^${text.replace(/[()]/g, '\\$&')}`)
      const missing = wanted.filter((text) => !lines.some((line) => pattern(text).test(line)))
      if (missing.length > 0) throw new Error([...missing, '', ...lines].join('\n'))
      return `${lines.length} refusals, each by a catalogued error that names what to do`
    },
  },
]
