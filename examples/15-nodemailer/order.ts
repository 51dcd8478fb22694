// sendMail of Nodemailer within a transaction of pg, on PostgreSQL
import nodemailer from 'nodemailer'
import pg from 'pg'
import { createMailQueue } from 'posthaste'

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const mail = createMailQueue({
  database: process.env.DATABASE_URL,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await db.query(
  'create table if not exists orders (id serial primary key, email text not null, total integer not null)',
)

// The one line that changes in an app that sends with Nodemailer.
const transporter = mail.transporter(nodemailer)

// What knows nothing of transactions, such as a library that mails by itself.
async function thank(email: string) {
  const info = await transporter.sendMail({ to: email, subject: 'Your order', text: 'Thank you!' })
  console.log(info.response.replace(/ [0-9a-f-]+$/, ''), 'for', info.pending)
}

async function placeOrder(email: string, total: number) {
  const client = await db.connect()
  try {
    await client.query('begin')
    await client.query('insert into orders (email, total) values ($1, $2)', [email, total])
    await mail.within(client, () => thank(email))
    if (total > 1000) throw new Error('the card was declined')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const { rows } = await db.query<{ email: string }>('select email from orders')
const emails = rows.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await db.end()

/* It prints:
queued as for [ 'ada@example.com' ]
queued as for [ 'eve@example.com' ]
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
