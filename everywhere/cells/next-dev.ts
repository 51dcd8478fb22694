import pg from 'pg'
import { startFresh } from '../../packages/posthaste/test/support/databases/start.ts'
import { codeBlocks } from '../../packages/posthaste/test/support/guide-code.ts'
import { until } from '../../packages/posthaste/test/support/wait.ts'
import type { Cell, Place } from '../cell.ts'
import { develop } from '../development.ts'
import { packages, writeApp } from '../next-app.ts'
import { backstage, expectSame } from '../visit.ts'

const page = ['The queue', 'An order', 'A server action']
const driver = { pg: '8.23.1' }
/** Of one worker; docs/guide/poolers.md has it. */
const mostSessions = 6

export const cells: readonly Cell[] = [
  cell('a worker in its process', async (place) => {
    await writeApp(place, ...page, 'A server that stays')
    await using behind = await backstage(place.folder)
    return await develop(place, behind, { signal: 'SIGTERM' })
  }),
  cell('a worker kept on globalThis', async (place) => {
    await writeApp(place, ...page)
    await place.write('posthaste.config.ts', await keptQueue())
    await using behind = await backstage(place.folder)
    return await develop(place, behind, { signal: 'SIGINT', isKept: true })
  }),
  { ...cell('a worker in its process, pg', onPostgres), packages: { ...packages, ...driver } },
]

function cell(what: string, run: Cell['run']): Cell {
  return { name: `next ${packages.next} dev, edited, ${what}`, packages, run }
}

/** The file of the page on configuration, with a sender. */
async function keptQueue(): Promise<string> {
  const blocks = await codeBlocks('docs/guide/configuration.md')
  const { code = '' } = blocks.find(({ file }) => file === 'mail.ts') ?? {}
  return code.replace('transports:', "defaults: { from: 'Shop <shop@example.com>' },\n    transports:")
}

async function onPostgres(place: Place): Promise<string> {
  await writeApp(place, ...page, 'A server that stays')
  await place.write('lib/orders.ts', ordersWithPg)
  const { url, stop } = await startFresh('postgres')
  const observer = new pg.Client(url)
  try {
    await observer.connect()
    await observer.query('create table app_order (email text not null, total integer not null)')
    await using behind = await backstage(place.folder, url)
    await behind.queue.migrate()
    const DATABASE_URL = `${url}?application_name=shop`
    return await develop(place, behind, {
      signal: 'SIGTERM',
      env: { DATABASE_URL },
      atEnd: () => sessionsEnd(observer),
    })
  } finally {
    await observer.end()
    await stop()
  }
}

/** What the queues and pools before the last edit have open ends by itself. */
async function sessionsEnd(observer: pg.Client): Promise<string> {
  const sessions = async () => {
    const { rows } = await observer.query(
      "select count(*)::int as sessions from pg_stat_activity where application_name = 'shop'",
    )
    return rows[0].sessions as number
  }
  const most = await sessions()
  expectSame(most > mostSessions, true)
  await until(async () => (await sessions()) <= mostSessions, { timeout: 60_000 })
  return `${most} sessions, then ${await sessions()}`
}

/** As the page says it of pg. */
const ordersWithPg = `import pg from 'pg'
import { mail } from '../posthaste.config'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })

export async function placeOrder(email: string, total: number): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('insert into app_order (email, total) values ($1, $2)', [email, total])
    await mail.enqueueIn(client, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1_000) throw new Error('the card was declined')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
`
