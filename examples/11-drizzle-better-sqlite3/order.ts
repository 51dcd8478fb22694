// Drizzle with better-sqlite3, on SQLite
import Database from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { createMailQueue } from 'posthaste'

const orders = sqliteTable('orders', {
  id: integer().primaryKey(),
  email: text().notNull(),
  total: integer().notNull(),
})

const client = new Database('shop.db')
const db = drizzle(client)
const mail = createMailQueue({
  database: 'sqlite:shop.db', // its tables make themselves
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
// Otherwise made by drizzle-kit.
db.run(
  sql`create table if not exists orders (id integer primary key, email text not null, total integer not null)`,
)

async function placeOrder(email: string, total: number) {
  // The transaction may not wait, so whatever the mail has to wait for comes before it.
  const letter = await mail.prepare({ to: email, subject: 'Your order', text: 'Thank you!' })
  db.transaction((tx) => {
    tx.insert(orders).values({ email, total }).run()
    mail.enqueueSync(tx, letter)
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const rows = db.select({ email: orders.email }).from(orders).all()
const emails = rows.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
client.close()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
