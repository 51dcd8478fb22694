// postgres.js, on PostgreSQL

import postgres from 'postgres'
import { createMailQueue } from 'posthaste'

const url = process.env.DATABASE_URL ?? 'postgres://localhost/shop'
const sql = postgres(url)
const mail = createMailQueue({
  database: url,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await sql`create table if not exists orders (id serial primary key, email text not null, total integer not null)`

async function placeOrder(email: string, total: number) {
  await sql.begin(async (tx) => {
    await tx`insert into orders ${tx({ email, total })}`
    await mail.enqueueIn(tx, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const orders = await sql<{ email: string }[]>`select email from orders`
const emails = orders.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await sql.end()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
