const { DatabaseSync } = require('node:sqlite')
const { createMailQueue } = require('posthaste')
const { OrdersService } = require('./orders.service.js')

/** What Nest's container would put together. */
function createApp(file) {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec(
    'create table if not exists orders (id text primary key, email text not null, total integer not null check (total > 0))',
  )
  const mail = createMailQueue({
    database: `sqlite:${file}`,
    defaults: { from: 'Shop <shop@example.com>' },
    transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://127.0.0.1:1025' },
  })
  return {
    mail,
    orders: new OrdersService(database, mail),
    async close() {
      await mail.close()
      database.close()
    },
  }
}

module.exports = { createApp }
