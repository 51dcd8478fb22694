import { readFileSync } from 'node:fs'
import { startFresh } from '../../packages/posthaste/test/support/databases/start.ts'
import { startSmtp } from '../../packages/posthaste/test/support/smtp.ts'
import type { Cell, Place } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { expectSame } from '../visit.ts'

const checked =
  'tsc --noEmit --strict --skipLibCheck --types node --target esnext --module nodenext --allowImportingTsExtensions'
const checkedScripts =
  'tsc --noEmit --allowJs --checkJs --strict --noImplicitAny false --skipLibCheck --types node,@strapi/types --target esnext --module nodenext'
const provider = 'providers/strapi-provider-email-posthaste'
const quiet = '--save-exact --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error'
const strapi = [
  `./${provider}`,
  '@strapi/email@5.54.0',
  '@strapi/database@5.54.0',
  '@strapi/types@5.54.0',
  'pg@8.23.1',
  'typescript@6.0.3',
  '@types/node@24.19.2',
]
const types = { typescript: '6.0.3', '@types/node': '24.19.2' }

export const cells: readonly Cell[] = [
  {
    name: 'payload 3.90.2, on PostgreSQL, without Next',
    short: true,
    packages: {
      payload: '3.90.2',
      '@payloadcms/db-postgres': '3.90.2',
      pg: '8.23.1',
      nodemailer: '10.6.0',
      ...types,
    },
    async run(place) {
      await place.write('package.json', JSON.stringify({ private: true, type: 'module' }))
      await writeFiles(place, 'Payload')
      await place.write('shop.ts', shopOnPayload)
      await place.shell(`${checked} shop.ts`)
      const subjects = await delivered(place, 'node shop.ts')
      expectSame(subjects, ['Reset Your Password', 'Verify your email', 'Your order'])
      return 'typed; Payload itself: sent 3, two of them its own, none of the order rolled back'
    },
  },
  {
    name: 'strapi 5.54.0, its email plugin and database package on PostgreSQL, within a stand-in for the rest',
    short: true,
    packages: {},
    async run(place) {
      await writeFiles(place, 'Strapi')
      await place.write(`${provider}/package.json`, manifestOfProvider())
      await place.write('shop.js', shopOnStrapi)
      // The plugin's peers are Strapi's administration, for the browser.
      await place.shell(`npm install --legacy-peer-deps ${quiet} ${strapi.join(' ')}`)
      await place.shell(`${checkedScripts} src/orders.js config/plugins.js ${provider}/index.js`)
      expectSame(await delivered(place, 'node shop.js'), ['Sent by itself', 'Your order'])
      return 'typed; sent 2, none of the order rolled back'
    },
  },
]

const shopOnPayload = `import { getPayload } from 'payload'
import config from './src/payload.config.ts'

const payload = await getPayload({ config })
const orderOf = (email: string, total: number) => payload.create({ collection: 'orders', data: { email, total } })
await orderOf('ada@example.com', 30)
const refusal = await orderOf('eve@example.com', 3_000).catch((error) => error.message)
if (refusal !== 'the card was declined') throw new Error('not refused, but: ' + refusal)
const { totalDocs } = await payload.count({ collection: 'orders' })
if (totalDocs !== 1) throw new Error(totalDocs + ' orders')
const ada = { email: 'ada@example.com', password: 'a word to remember' }
await payload.create({ collection: 'users', data: ada })
await payload.forgotPassword({ collection: 'users', data: ada })
process.exit(0)
`

/** What of Strapi the provider meets is real; `strapi` itself is this object. */
const shopOnStrapi = `const { Database } = require('@strapi/database')
const email = require('@strapi/email/strapi-server')
const plugins = require('./config/plugins.js')
const { mail } = require('./posthaste.config.js')
const { placeOrder } = require('./src/orders.js')

async function main() {
  const connection = { client: 'postgres', connection: { connectionString: process.env.DATABASE_URL } }
  const db = new Database({ connection, settings: { migrations: { dir: __dirname } } })
  const services = { email: email.services.email() }
  const plugin = { service: (name) => services[name] }
  globalThis.strapi = {
    db,
    config: { get: () => plugins().email.config },
    plugin: () => plugin,
    service: () => ({ actionProvider: { async registerMany() {} } }),
  }
  await email.bootstrap({ strapi })
  await db.connection.schema.createTable('app_order', (table) => {
    table.string('email')
    table.integer('total')
  })
  await placeOrder('ada@example.com', 30)
  const refusal = await placeOrder('eve@example.com', 3_000).catch((error) => error.message)
  if (refusal !== 'the card was declined') throw new Error('not refused, but: ' + refusal)
  const alone = { to: 'ada@example.com', subject: 'Sent by itself', text: 'Hello', posthaste: { priority: 'high' } }
  await services.email.send(alone)
  const [{ count }] = await db.connection('app_order').count()
  if (Number(count) !== 1) throw new Error(count + ' orders')
  await mail.close()
  await db.destroy()
}
main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
`

/** The page says it in a sentence. */
function manifestOfProvider(): string {
  const page = readFileSync(new URL('../../docs/guide/cms.md', import.meta.url), 'utf8')
  return /package\.json` beside it, `(.*?)`/.exec(page)?.[1] ?? ''
}

async function writeFiles(place: Place, heading: string): Promise<void> {
  for (const [file, code] of Object.entries(adviceOf('cms', heading).files)) await place.write(file, code)
}

/** The subjects of what a worker delivers that the program has queued, and no more than that. */
async function delivered(place: Place, program: string): Promise<string[]> {
  const database = await startFresh('postgres')
  const smtp = await startSmtp()
  const env = { DATABASE_URL: database.url, POSTHASTE_SMTP_URL: smtp.url, PAYLOAD_SECRET: 'a secret' }
  try {
    for (const command of ['posthaste migrate', program, 'posthaste work --once'])
      await place.shell(command, env)
    const subjects = await Promise.all(smtp.received.map(async (mail) => (await mail.parsed()).subject ?? ''))
    const waiting = JSON.parse(await place.shell('posthaste list --state queued --json', env))
    expectSame(waiting.items, [])
    return subjects.sort()
  } finally {
    await smtp.close()
    await database.stop()
  }
}
