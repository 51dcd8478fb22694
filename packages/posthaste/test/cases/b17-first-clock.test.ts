import { expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'

const to = 'ada@example.com'
const tenMinutes = 600_000

/** A queue whose host's clock is wrong until it has asked the database. */
async function queueOff(by: number): Promise<MailQueue> {
  const { url } = await freshDatabase('sqlite')
  await using before = createMailQueue({ database: url })
  await before.migrate()
  const { now } = Date
  Date.now = () => now() + by
  try {
    return createMailQueue({ database: url, delivery: 'capture' })
  } finally {
    Date.now = now
  }
}

test.each([tenMinutes, -tenMinutes])(
  'B17: the first mail of a process whose clock is %i ms off is dated by the database, and sent',
  async (off) => {
    await using mail = await queueOff(off)
    const { id } = await mail.enqueue(letter(to), { expiresIn: '5m' })
    const found = await mail.get(id)
    expect(Math.abs((found?.createdAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
    await mail.deliverDue()
    expect(await mail.get(id)).toMatchObject({ state: 'sent' })
  },
)

test('B17: so is a mail of the first enqueueMany, and an instant that was given stays', async () => {
  await using mail = await queueOff(tenMinutes)
  const sendAt = new Date(Date.now() + 3_600_000)
  await mail.enqueueMany([{ mail: letter(to) }, { mail: letter(to), sendAt }])
  const { items } = await mail.find({ all: true })
  expect(items.map(({ sendAt: at }) => at.getTime() - Date.now() < 60_000).sort()).toEqual([false, true])
  expect(items.some((one) => one.sendAt.getTime() === sendAt.getTime())).toBe(true)
})

test('B17: and the Date header of what is prepared first', async () => {
  await using mail = await queueOff(tenMinutes)
  const { statements } = await mail.toSQL(letter(to))
  expect(statements.length).toBeGreaterThan(0)
  await using second = await queueOff(tenMinutes)
  const { id } = await second.enqueue(letter(to))
  const { headers } = await second.content(id)
  const date = Object.entries(headers).find(([name]) => name.toLowerCase() === 'date')?.[1]
  expect(Math.abs(Date.parse(String(date)) - Date.now())).toBeLessThan(60_000)
})
