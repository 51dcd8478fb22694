// better-sqlite3, on SQLite
import Database from 'better-sqlite3'
import { createMailQueue, type Prepared } from 'posthaste'

const db = new Database('shop.db')
const mail = createMailQueue({
  database: 'sqlite:shop.db', // its tables make themselves
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
db.exec('pragma journal_mode = wal') // readers and the writer do not wait for each other
db.exec(
  'create table if not exists orders (id integer primary key, email text not null, total integer not null)',
)

const insertOrder = db.prepare('insert into orders (email, total) values (?, ?)')
const store = db.transaction((email: string, total: number, letter: Prepared) => {
  insertOrder.run(email, total)
  mail.enqueueSync(db, letter)
  if (total > 1000) throw new Error('the card was declined')
})

async function placeOrder(email: string, total: number) {
  // The transaction may not wait, so whatever the mail has to wait for comes before it.
  const letter = await mail.prepare({ to: email, subject: 'Your order', text: 'Thank you!' })
  store.immediate(email, total, letter)
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const emails = db.prepare('select email from orders').pluck().all()
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
db.close()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
