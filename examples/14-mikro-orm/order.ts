// MikroORM 7, on PostgreSQL
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { createMailQueue } from 'posthaste'

const Order = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: { id: p.integer().primary(), email: p.text(), total: p.integer() },
})

const url = process.env.DATABASE_URL ?? 'postgres://localhost/shop'
const schemaGenerator = { ignoreSchema: ['posthaste'] } // or it would drop the queue's tables
const orm = await MikroORM.init({ clientUrl: url, entities: [Order], schemaGenerator })
const mail = createMailQueue({
  database: url,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await orm.schema.update()

async function placeOrder(email: string, total: number) {
  await orm.em.fork().transactional(async (em) => {
    em.create(Order, { email, total })
    await mail.enqueueIn(em, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const orders = await orm.em.fork().findAll(Order)
const emails = orders.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await orm.close()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
