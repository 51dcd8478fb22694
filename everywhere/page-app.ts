import { startFresh } from '../packages/posthaste/test/support/databases/start.ts'
import type { Place } from './cell.ts'
import type { HttpDatabase } from './neon.ts'
import { adviceOf } from './page.ts'
import { besideServer } from './shop.ts'

/** An app whose `placeOrder(mail, what, message)` is a file of the page on runtimes: an order without a name is rolled back, and its mail with it. */
export interface PageApp {
  readonly heading: string
  readonly file: string
  readonly database: 'sqlite' | 'postgres' | 'mariadb'
  /** What the service has in front of its database. */
  readonly start?: (database: string) => Promise<HttpDatabase>
  /** What stands before the page's file is loaded: it makes the table of orders. */
  readonly before: string
  readonly command: string
}

export async function runPageApp({ heading, file, ...app }: PageApp, place: Place): Promise<string> {
  await place.write(file, adviceOf('runtimes', heading).files[file] ?? '')
  await place.write('shop.mjs', program(file, app.before))
  const { url, stop } =
    app.database === 'sqlite'
      ? { url: 'sqlite:shop.db', stop: async () => {} }
      : await startFresh(app.database)
  const http = await app.start?.(url)
  try {
    return await besideServer(place.version, (smtp) =>
      place.shell(
        `NODE_NO_WARNINGS=1 SHOP_SMTP=${smtp} SHOP_DATABASE=${url} SHOP_HTTP=${http?.url} ${app.command}`,
      ),
    )
  } finally {
    await http?.close()
    await stop()
  }
}

const program = (file: string, before: string) => `import { createMailQueue, version } from 'posthaste'
${before}
const { placeOrder } = await import('./${file}')
const mail = createMailQueue({
  database: process.env.SHOP_DATABASE,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.SHOP_SMTP },
})
await mail.migrate()
await placeOrder(mail, 'Tea', { to: 'ada@example.com', subject: 'Committed', text: 'Hello' })
const refused = await placeOrder(mail, null, { to: 'eve@example.com', subject: 'Rolled back', text: 'Hello' }).then(
  () => false,
  (error) => /null/i.test(error.message),
)
if (!refused) throw new Error('an order without a name was taken')
const { sent } = await mail.deliverDue()
console.log(JSON.stringify({ sent, mails: await mail.count({ all: true }), version }))
await mail.close()
process.exit(0)
`
