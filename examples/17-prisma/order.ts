// Prisma 7, on PostgreSQL
import { PrismaPg } from '@prisma/adapter-pg' // or @prisma/adapter-mariadb, @prisma/adapter-better-sqlite3
import { createMailQueue } from 'posthaste'
import { PrismaClient } from './generated/client.ts' // written by `npx prisma generate` from schema.prisma

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) })
const mail = createMailQueue({
  database: process.env.DATABASE_URL,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
await mail.migrate()
// In your app: npx prisma migrate
await prisma.$executeRaw`create table if not exists orders (id serial primary key, email text not null, total integer not null)`

async function placeOrder(email: string, total: number) {
  await prisma.$transaction(async (tx) => {
    await tx.order.create({ data: { email, total } })
    await mail.enqueueIn(tx, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
  })
}

await placeOrder('ada@example.com', 30)
await placeOrder('eve@example.com', 3000).catch((error) => console.log('Rolled back:', String(error)))

const orders = await prisma.order.findMany()
const emails = orders.map(({ email }) => email)
console.log('Orders:', emails)
console.log('Mail:', await mail.deliverDue()) // a worker does this: npx posthaste work

await mail.close()
await prisma.$disconnect()

/* It prints:
Rolled back: Error: the card was declined
Orders: [ 'ada@example.com' ]
Mail: { sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }
*/
