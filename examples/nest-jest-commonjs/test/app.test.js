const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { outbox } = require('posthaste/testing')
const { createApp } = require('../src/app.js')

/** A test of the whole, on its own database. */
describe('the app', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'))
  const app = createApp(join(folder, 'shop.db'))

  afterEach(() => outbox(app.mail).clear())
  afterAll(async () => {
    await app.close()
    rmSync(folder, { recursive: true })
  })

  test('mails whoever has ordered', async () => {
    await app.orders.place({ id: 'A1', email: 'ada@example.com', total: 5 })
    expect(await outbox(app.mail).deliver()).toMatchObject({ sent: 1 })
    expect(await outbox(app.mail).only({ to: 'ada@example.com' })).toMatchObject({ state: 'sent' })
  })

  test('mails nobody when the order is rolled back', async () => {
    await app.orders.place({ id: 'A2', email: 'ada@example.com', total: 5 })
    await expect(app.orders.place({ id: 'A2', email: 'eve@example.com', total: 5 })).rejects.toThrow(/UNIQUE/)
    await outbox(app.mail).none({ to: 'eve@example.com' })
  })

  test('mails nobody when the mail itself is refused, and keeps no order', async () => {
    const placing = app.orders.place({ id: 'A3', email: 'nobody', total: 5 })
    await expect(placing).rejects.toMatchObject({ code: 'PH_ADDRESS_INVALID' })
    await app.orders.place({ id: 'A3', email: 'ada@example.com', total: 5 })
  })
})
