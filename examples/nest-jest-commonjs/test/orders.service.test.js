const { fakeQueue, outbox } = require('posthaste/testing')
const { OrdersService } = require('../src/orders.service.js')

/** A test of the provider alone, with its database faked. */
describe('OrdersService', () => {
  const database = { exec() {}, prepare: () => ({ run() {} }) }
  const mail = fakeQueue({ defaults: { from: 'shop@example.com' } })

  afterAll(() => mail.close())

  test('queues a mail with a link to confirm the order', async () => {
    await new OrdersService(database, mail).place({ id: 'A1', email: 'ada@example.com', total: 5 })
    const found = await outbox(mail).only({ to: 'ada@example.com', tag: 'order' })
    expect(found.subject).toBe('Your order A1')
    expect(found.link(/confirm/)).toBe('https://shop.example/confirm/A1')
    expect(found.priority).toBe('high')
  })
})
