import { startFresh } from '../packages/posthaste/test/support/databases/start.ts'
import type { Place } from './cell.ts'
import type { Driver } from './drivers.ts'
import { besideServer } from './shop.ts'

/** An app on this driver that queues one mail in a transaction, one in another that is rolled back, delivers, and counts. */
export function driverApp({ code }: Driver): string {
  return `import { createMailQueue, version } from 'posthaste'
const url = process.env.SHOP_DATABASE
const file = url.replace('sqlite:', '')
${code.trim()}
const mail = createMailQueue({
  database,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.SHOP_SMTP },
})
await mail.migrate()
await inTransaction((tx) => mail.enqueueIn(tx, { to: 'ada@example.com', subject: 'Committed', text: 'Hello' }))
const rolledBack = new Error('rolled back')
await inTransaction(async (tx) => {
  await mail.enqueueIn(tx, { to: 'eve@example.com', subject: 'Rolled back', text: 'Hello' })
  throw rolledBack
}).catch((error) => {
  if (error !== rolledBack) throw error
})
const { sent } = await mail.deliverDue()
console.log(JSON.stringify({ sent, mails: await mail.count({ all: true }), version }))
await mail.close()
await end()
`
}

/** Runs it in its place with a database of its own. */
export async function runDriverApp(driver: Driver, place: Place, command: string): Promise<string> {
  await place.write('shop.mjs', driverApp(driver))
  return withDatabase(driver, place, (database) =>
    besideServer(place.version, (smtp) =>
      place.shell(`NODE_NO_WARNINGS=1 SHOP_SMTP=${smtp} SHOP_DATABASE=${database} ${command}`),
    ),
  )
}

/** An SQLite file is in the place's folder: an app may be allowed to use no other. */
async function withDatabase<T>(
  { database }: Driver,
  { folder }: Place,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (database === 'sqlite') return work(`sqlite:${folder}/shop.db`)
  const server = await startFresh(database)
  try {
    return await work(server.url)
  } finally {
    await server.stop()
  }
}
