import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { letter } from '../support/line.ts'
import { message, sqliteLine } from '../support/sqlite-line.ts'

test('DontSendEntry: an entry has a date, a reason and an origin by itself, and is unique: the last word about an address counts', async () => {
  await using line = await sqliteLine()
  expect(
    await line.mail.suppressions.add('Ada <ADA@Example.com>', { reason: 'complained', note: 'by telephone' }),
  ).toBe(true)
  expect(await line.mail.suppressions.add('ada@example.com')).toBe(false)
  const { items } = await line.mail.suppressions.list()
  expect(items).toMatchObject([
    { address: 'ada@example.com', reason: 'by-hand', origin: 'app', createdAt: expect.any(Date) },
  ])
})

test('DontSendEntryManager.has_address: check, whatever the case of the letters, and by domain', async () => {
  await using line = await sqliteLine()
  await line.mail.suppressions.import(['ada@example.com', '@blocked.example'])
  expect(await line.mail.suppressions.check('ADA@EXAMPLE.COM')).toHaveLength(1)
  expect(await line.mail.suppressions.check('anyone@blocked.example')).toHaveLength(1)
  expect(await line.mail.suppressions.check('bob@example.com')).toEqual([])
})

test('A blacklisted recipient: the mail is recorded as suppressed, never as sent, and the caller is told', async () => {
  await using line = await sqliteLine()
  await line.mail.suppressions.add('ada@example.com')
  const { id, status, suppressed } = await line.mail.enqueue(letter('ada@example.com'))
  expect({ status, suppressed }).toEqual({ status: 'suppressed', suppressed: ['ada@example.com'] })
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 0 })
  expect(await line.mail.get(id)).toMatchObject({ state: 'suppressed', attempts: 0 })
  expect(line.smtp.sessions).toEqual([])
})

test('RESULT_DONT_SEND: written, for mail whose recipients were all suppressed after it was queued', async () => {
  await using line = await sqliteLine()
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  await line.mail.suppressions.add('ada@example.com')
  expect(await line.mail.deliverDue()).toMatchObject({ suppressed: 1, sent: 0 })
  expect((await line.mail.find({ state: 'suppressed' })).items).toMatchObject([{ id }])
})

test('W14: the don’t-send list is asked on every path and for to, cc and bcc, in whatever form the address is written', async () => {
  await using line = await sqliteLine()
  await line.mail.suppressions.add('gone@example.com')
  const transporter = createTransport(line.mail.transport())
  const forms = ['gone@example.com', 'Gone <GONE@EXAMPLE.COM>', '"Gone, Mrs" <gone@example.com>']
  const others = { bcc: 'here@example.com' }
  for (const form of forms) {
    await line.mail.enqueue(letter(form, others))
    await line.mail.enqueue(letter('here@example.com', { cc: form }))
    await line.mail.enqueue({ ...letter('here@example.com'), bcc: form })
    await line.mail.enqueueMany([{ mail: letter(form, others) }])
    await transporter.sendMail(message(form, others))
    await transporter.sendMail(
      message('here@example.com', { cc: { name: 'Gone', address: 'gone@example.com' } }),
    )
  }
  const onlyGone = await line.mail.enqueue(letter('Gone <gone@example.com>'))
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 18 })
  expect(line.smtp.received.every(({ to }) => to.length === 1 && to[0] === 'here@example.com')).toBe(true)
  expect(await line.mail.get(onlyGone.id)).toMatchObject({ state: 'suppressed' })
})
