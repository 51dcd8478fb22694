import { startFresh } from '../packages/posthaste/test/support/databases/start.ts'
import type { Place } from './cell.ts'
import type { Driver } from './drivers.ts'
import { besideServer } from './shop.ts'

/** An app on this driver that queues one mail in a transaction, one in another that is rolled back, delivers, and counts. */
export function driverApp({ code, isSync }: Driver): string {
  const { before, store } = isSync ? prepared : awaited
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
const committed = ${before}({ to: 'ada@example.com', subject: 'Committed', text: 'Hello' })
const rolledBack = ${before}({ to: 'eve@example.com', subject: 'Rolled back', text: 'Hello' })
await inTransaction((tx) => ${store}(tx, committed))
const undo = new Error('undo')
try {
  await inTransaction(${isSync ? '' : 'async '}(tx) => {
    ${isSync ? '' : 'await '}${store}(tx, rolledBack)
    throw undo
  })
} catch (error) {
  if (error !== undo) throw error
}
const { sent } = await mail.deliverDue()
console.log(JSON.stringify({ sent, mails: await mail.count({ all: true }), version }))
await mail.close()
await end()
`
}

const awaited = { before: '', store: 'mail.enqueueIn' }
const prepared = { before: 'await mail.prepare', store: 'mail.enqueueSync' }

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
