// TypeORM, on PostgreSQL
import { createMailQueue } from 'posthaste'
import { DataSource, EntitySchema } from 'typeorm'

interface Order {
  id: number
  email: string
  total: number
}

// The same as a class with decorators, which need a compiler.
const Orders = new EntitySchema<Order>({
  name: 'orders',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    email: { type: 'text' },
    total: { type: 'int' },
  },
})

const url = process.env.DATABASE_URL ?? 'postgres://localhost/shop'
const db = new DataSource({ type: 'postgres', url, entities: [Orders] }) // or 'mysql', 'mariadb', 'better-sqlite3'
await db.initialize()
const mail = createMailQueue({
  database: url,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await db.synchronize()

async function placeOrder(email: string, total: number) {
  await db.transaction(async (manager) => {
    await manager.insert(Orders, { email, total })
    await mail.enqueueIn(manager, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const orders = await db.getRepository(Orders).find()
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
