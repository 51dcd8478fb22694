// mysql2, on MySQL or MariaDB
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { createMailQueue } from 'posthaste'

const url = process.env.DATABASE_URL ?? 'mysql://root@localhost/shop'
const db = createPool(url)
const mail = createMailQueue({
  database: url,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
await db.query(
  'create table if not exists orders (id int auto_increment primary key, email text not null, total int not null)',
)

async function placeOrder(email: string, total: number) {
  const connection = await db.getConnection()
  try {
    await connection.beginTransaction()
    await connection.execute('insert into orders (email, total) values (?, ?)', [email, total])
    await mail.enqueueIn(connection, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
    await connection.commit()
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    connection.release()
  }
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const [rows] = await db.query<RowDataPacket[]>('select email from orders')
const emails = rows.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await db.end()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
