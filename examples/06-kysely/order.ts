// Kysely, on PostgreSQL
import { type Generated, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { createMailQueue } from 'posthaste'

interface Tables {
  orders: { id: Generated<number>; email: string; total: number }
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }) // or MysqlDialect, SqliteDialect
const mail = createMailQueue({
  database: process.env.DATABASE_URL,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await db.schema
  .createTable('orders')
  .ifNotExists()
  .addColumn('id', 'serial', (column) => column.primaryKey())
  .addColumn('email', 'text', (column) => column.notNull())
  .addColumn('total', 'integer', (column) => column.notNull())
  .execute()

async function placeOrder(email: string, total: number) {
  await db.transaction().execute(async (trx) => {
    await trx.insertInto('orders').values({ email, total }).execute()
    await mail.enqueueIn(trx, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const orders = await db.selectFrom('orders').select('email').execute()
const emails = orders.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await db.destroy()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
