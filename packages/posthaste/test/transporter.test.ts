import nodemailer, { type Transporter } from 'nodemailer'
import { createTransport as createNodemailer6 } from 'nodemailer6'
import { createTransport as createNodemailer9 } from 'nodemailer9'
import { expect, expectTypeOf, test } from 'vitest'
import { createMailQueue, type QueuedInfo } from '../src/index.ts'

const letter = { to: 'ada@example.com', subject: 'Hello', text: 'Hello' }
const open = async () => {
  const mail = createMailQueue({
    database: 'sqlite::memory:',
    defaults: { from: 'shop@example.com' },
    streams: { newsletter: { priority: 'bulk' } },
  })
  await mail.migrate()
  return mail
}

const libraries = {
  6: { createTransport: createNodemailer6 },
  9: { createTransport: createNodemailer9 },
  10: nodemailer,
}

test.each(Object.entries(libraries))(
  'a transporter of Nodemailer %s queues with the options of its message, and tells the id',
  async (_, library) => {
    await using mail = await open()
    const transporter = mail.transporter(library, { stream: 'newsletter', tags: ['legacy'] })
    const { id } = await transporter.sendMail({ ...letter, posthaste: { priority: 'high' } })
    expect(await mail.get(id)).toMatchObject({ stream: 'newsletter', priority: 'high', tags: ['legacy'] })
    expect(await transporter.verify()).toBe(true)
  },
)

test('its types know `posthaste`, the streams and the id, and it stays a transporter', async () => {
  await using mail = await open()
  const transporter = mail.transporter(nodemailer)
  expectTypeOf(await transporter.sendMail(letter)).toEqualTypeOf<QueuedInfo>()
  // @ts-expect-error: there is no such stream
  const misspelt = transporter.sendMail({ ...letter, posthaste: { stream: 'newsleter' } })
  await expect(misspelt).rejects.toMatchObject({ code: 'PH_STREAM_UNKNOWN' })
  expectTypeOf(transporter).toExtend<Transporter>()
  expect(transporter.use('compile', (_, done) => done())).toBe(transporter)
})

test.each([undefined, null, {}, 'nodemailer', { createTransport: 'x' }])(
  'what is no Nodemailer is refused: %j',
  async (given) => {
    await using mail = await open()
    expect(() => mail.transporter(given as never)).toThrow(
      expect.objectContaining({ code: 'PH_OPTION_INVALID' }),
    )
  },
)

test('what the createTransport of the app throws is the cause', async () => {
  await using mail = await open()
  const own = new Error('not today')
  const library = {
    createTransport() {
      throw own
    },
  }
  expect(() => mail.transporter(library)).toThrow(
    expect.objectContaining({
      code: 'PH_OPTION_INVALID',
      message: expect.stringContaining('not today'),
      cause: own,
    }),
  )
})

test.each([
  ['rejects', async () => Promise.reject(new Error('not today'))],
  ['makes a promise', async () => ({})],
  ['makes nothing', () => undefined],
])('a createTransport that %s makes no transporter', async (_what, createTransport) => {
  await using mail = await open()
  expect(() => mail.transporter({ createTransport } as never)).toThrow(
    expect.objectContaining({ code: 'PH_OPTION_INVALID' }),
  )
})
