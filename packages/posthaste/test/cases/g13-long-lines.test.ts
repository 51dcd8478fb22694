import { createTransport, type SendMailOptions } from 'nodemailer'
import { expect, test } from 'vitest'
import { freshDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

const long = 'x'.repeat(1_200)
const url = `https://example.com/${long}`

/** Neighbours: letters beyond ASCII, the drop-in, enqueueMany, mail that is rendered when it goes, and a mail whose words can be folded. */
test.each([long, `${'é'.repeat(600)}`, `${long} and ${long}`, 'word '.repeat(400)])(
  'G13: a long subject goes in lines that every server takes, and arrives whole',
  async (subject) => {
    await using line = await openLine((await freshDatabase('sqlite')).url)
    await line.mail.enqueue(letter('ada@example.com', { subject }))
    await line.mail.enqueue(letter('bob@example.com', { subject, text: 'x'.repeat(300_000) }))
    await line.mail.deliverDue()
    expect(line.smtp.received).toHaveLength(2)
    for (const received of line.smtp.received) {
      const [header = ''] = received.raw.toString('latin1').split('\r\n\r\n')
      expect(Math.max(...header.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(998)
      expect((await received.parsed()).subject).toBe(subject.trim())
    }
  },
)

test('G13: another header that cannot be folded is refused by name, and nothing is stored', async () => {
  await using line = await openLine((await freshDatabase('sqlite')).url)
  const { mail } = line
  const bad = letter('ada@example.com', { list: { unsubscribe: url } })
  const own = letter('ada@example.com', { headers: { 'X-Reference': long }, text: 'x'.repeat(300_000) })
  await expect(mail.enqueue(bad)).rejects.toThrow('List-Unsubscribe: a header line')
  await expect(mail.enqueue(own)).rejects.toThrow('X-Reference: a header line')
  const whole = { prepared: true, foldLines: false, value: 'word '.repeat(250) }
  const unfolded = letter('ada@example.com', { headers: { 'X-Words': whole }, text: 'x'.repeat(300_000) })
  await expect(mail.enqueue(unfolded)).rejects.toThrow('X-Words: a header line')
  await expect(mail.enqueueMany([{ mail: bad }])).rejects.toThrow('[0] PH_MAIL_INVALID')
  const dropIn = createTransport(mail.transport())
  await expect(dropIn.sendMail(bad as SendMailOptions)).rejects.toThrow('List-Unsubscribe')
  expect(await mail.count({ all: true })).toBe(0)
})

test.each(['unix', 'windows'] as const)(
  'G13: lines are told by the ends that the mail asks for: %s',
  async (newline) => {
    await using line = await openLine((await freshDatabase('sqlite')).url)
    const headers = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`X-Part-${n}`, 'x'.repeat(60)]))
    await line.mail.enqueue(letter('ada@example.com', { headers, newline }))
    const bad = letter('ada@example.com', { headers: { 'X-Reference': long }, newline })
    await expect(line.mail.enqueue(bad)).rejects.toThrow('X-Reference: a header line')
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
  },
)
