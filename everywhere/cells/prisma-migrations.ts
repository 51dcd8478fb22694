import { startFresh } from '../../packages/posthaste/test/support/databases/start.ts'
import type { Cell } from '../cell.ts'

/**
 * What `prisma migrate deploy` and `prisma migrate reset` ask of Prisma's schema engine, of its build for WebAssembly: that of the commands is not on npm.
 * That one sends a script as it is, and the adapter would take it apart at each semicolon.
 */
const program = `import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import { createMailQueue } from 'posthaste'

const bytes = readFileSync(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm').replace(/\\.js$/, '_bg.wasm'))
const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': wasm })
wasm.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL })
const connect = adapter.connect.bind(adapter)
adapter.connect = async () => {
  const connection = await connect()
  return Object.assign(connection, { executeScript: async (script) => void (await connection.client.query(script)) })
}
const schema = 'datasource db {\\n provider = "postgresql"\\n}\\nmodel app_order {\\n what String @id\\n}\\n'
const engine = await wasm.SchemaEngine.new(
  { datamodels: [['schema.prisma', schema]] }, () => {}, bindMigrationAwareSqlAdapterFactory(adapter))
const filters = { externalTables: [], externalEnums: [] }
const migration = (path, value) => ({ path, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } })
const migrationsList = {
  baseDir: import.meta.dirname,
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
  shadowDbInitScript: '',
  migrationDirectories: [
    migration('1_shop', 'create table app_order (what text primary key);'),
    migration('2_posthaste', readFileSync('posthaste.sql', 'utf8')),
  ],
}
const deploy = async () => (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames

const applied = [await deploy(), await deploy()]
const mail = createMailQueue({ database: process.env.DATABASE_URL, delivery: 'capture', defaults: { from: 'shop@example.com' } })
await mail.enqueue({ to: 'ada@example.com', subject: 'Before the reset', text: 'Hello' })
await engine.reset({ filter: filters })
applied.push(await deploy())
await mail.enqueue({ to: 'ada@example.com', subject: 'After it', text: 'Hello' })
const { sent } = await mail.deliverDue()
console.log(JSON.stringify({ applied, sent }))
process.exit(0)
`

const both = ['1_shop', '2_posthaste']
const wanted = JSON.stringify({ applied: [both, [], both], sent: 2 })

export const cells: readonly Cell[] = [
  {
    name: "Prisma's migrations, with a reset, on PostgreSQL",
    short: true,
    packages: {
      '@prisma/schema-engine-wasm': '7.10.0-4.0edf323efd1d98336f3f0a68684b56f689b900d3',
      '@prisma/adapter-pg': '7.10.0',
      '@prisma/driver-adapter-utils': '7.10.0',
    },
    async run(place) {
      const { url, stop } = await startFresh('postgres')
      try {
        const env = { DATABASE_URL: url }
        await place.shell('posthaste migrate --print > posthaste.sql', env)
        await place.write('migrate.mjs', program)
        const printed = (await place.shell('node migrate.mjs', env)).trim()
        if (printed !== wanted) throw new Error(printed)
        return 'applied once, and once more after the reset; sent 2, one of which it left alone'
      } finally {
        await stop()
      }
    },
  },
]
