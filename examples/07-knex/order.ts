// Knex, on PostgreSQL
import knex from 'knex'
import { createMailQueue } from 'posthaste'

interface Order {
  id: number
  email: string
  total: number
}

const url = process.env.DATABASE_URL ?? 'postgres://localhost/shop'
const db = knex({ client: 'pg', connection: url }) // or 'mysql2', 'better-sqlite3'
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
  await db.transaction(async (trx) => {
    await trx<Order>('orders').insert({ email, total })
    await mail.enqueueIn(trx, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const emails = await db<Order>('orders').pluck('email')
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await db.destroy()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
