// Drizzle with node-postgres, on PostgreSQL
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { createMailQueue } from 'posthaste'

const orders = pgTable('orders', {
  id: serial().primaryKey(),
  email: text().notNull(),
  total: integer().notNull(),
})

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const db = drizzle(pool)
const mail = createMailQueue({
  database: process.env.DATABASE_URL,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
// Otherwise made by drizzle-kit.
await db.execute(
  sql`create table if not exists orders (id serial primary key, email text not null, total integer not null)`,
)

async function placeOrder(email: string, total: number) {
  await db.transaction(async (tx) => {
    await tx.insert(orders).values({ email, total })
    await mail.enqueueIn(tx, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const rows = await db.select({ email: orders.email }).from(orders)
const emails = rows.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await pool.end()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
