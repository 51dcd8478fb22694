import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import mail from './posthaste.config.ts'

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL })
await db.query(
  'create table if not exists orders (id serial primary key, email text not null, total integer not null)',
)

async function placeOrder({ email, total }: { email: string; total: number }) {
  const client = await db.connect()
  try {
    await client.query('begin')
    await client.query('insert into orders (email, total) values ($1, $2)', [email, total])
    const { id } = await mail.enqueueIn(client, { to: email, subject: 'Your order', text: 'Thank you!' })
    if (total > 1000) throw new Error('the card was declined')
    await client.query('commit')
    return id
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

// The answer waits for the database, never for the mail server.
const server = createServer(async (request, response) => {
  try {
    const mailId = await placeOrder(JSON.parse(await text(request)))
    response.writeHead(201).end(JSON.stringify({ mailId }))
  } catch (error) {
    response.writeHead(402).end(JSON.stringify({ error: String(error) }))
  }
})
server.listen(Number(process.env.PORT ?? 3000), () => console.log(`Listening on ${process.env.PORT ?? 3000}`))

process.once('SIGTERM', async () => {
  server.close()
  server.closeAllConnections()
  await mail.close()
  await db.end()
})
