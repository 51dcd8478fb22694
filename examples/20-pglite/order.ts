// PGlite, a PostgreSQL inside the process
import { PGlite } from '@electric-sql/pglite'
import { createMailQueue } from 'posthaste'

const pglite = new PGlite() // or new PGlite('./shop'), to keep it in that folder
const mail = createMailQueue({
  database: pglite, // the instance itself: it has one connection, which the queue shares
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await pglite.exec(
  'create table if not exists orders (id serial, email text not null, total integer not null)',
)

async function placeOrder(email: string, total: number) {
  await pglite.transaction(async (tx) => {
    await tx.query('insert into orders (email, total) values ($1, $2)', [email, total])
    await mail.enqueueIn(tx, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const { rows } = await pglite.query<{ email: string }>('select email from orders')
const emails = rows.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // in an app: await mail.worker().start()

await mail.close()
await pglite.close()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
