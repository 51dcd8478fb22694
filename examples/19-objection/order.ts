// Objection, on PostgreSQL
import knex from 'knex'
import { Model } from 'objection'
import { createMailQueue } from 'posthaste'

class Order extends Model {
  static override tableName = 'orders'
  declare id: number
  declare email: string
  declare total: number
}

const url = process.env.DATABASE_URL ?? 'postgres://localhost/shop'
const db = knex({ client: 'pg', connection: url }) // or 'mysql2', 'better-sqlite3'
Order.knex(db)
const mail = createMailQueue({
  database: url,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
if (!(await db.schema.hasTable('orders')))
  await db.schema.createTable('orders', (table) => {
    table.increments('id')
    table.text('email').notNullable()
    table.integer('total').notNullable()
  })

async function placeOrder(email: string, total: number) {
  await Order.transaction(async (trx) => {
    await Order.query(trx).insert({ email, total })
    await mail.enqueueIn(trx, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const emails = (await Order.query()).map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await db.destroy()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
