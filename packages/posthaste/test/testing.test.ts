import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { fakeQueue, outbox } from '../src/testing/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase } from './support/databases.ts'

const welcome = {
  from: 'Shop <shop@example.com>',
  to: 'Ada <ada@example.com>',
  subject: 'Welcome',
  text: 'Your code is 123456. Or go to https://shop.example/verify?t=1&u=2.',
  html: '<p>Your code is <b>123456</b>.</p><a href="https://shop.example/verify?t=1&amp;u=2">Verify</a> <a href=https://shop.example/help>Help</a>',
}

describeEachDatabase('the outbox', (kind, fresh) => {
  let mail: MailQueue<'default'>
  let app: AppDatabase

  beforeAll(async () => {
    const { url } = await fresh()
    mail = createMailQueue({ database: url, transports: { default: 'smtp://127.0.0.1:1' } })
    await mail.migrate()
    app = await openApp(kind, url)
  })

  beforeEach(async () => {
    await outbox(mail).clear()
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
  })

  test('sees uncommitted mail through the transaction, and not from outside', async () => {
    await mail.enqueue({ ...welcome, to: 'earlier@example.com' })
    await app.begin()
    await mail.enqueueIn(app.tx, welcome)
    const seen = outbox(mail, { tx: app.tx })
    expect(await seen.only({ to: 'ada@example.com' })).toMatchObject({ subject: 'Welcome', state: 'queued' })
    expect((await seen.all()).map(({ to }) => to)).toEqual([['earlier@example.com'], ['ada@example.com']])
    await expect(seen.deliver()).rejects.toThrow(/after the commit/)
    await app.rollback()
    await outbox(mail).none({ to: 'ada@example.com' })
  })

  test('delivers without a network, and clears', async () => {
    await mail.enqueue(welcome)
    await mail.enqueue(welcome, { delay: '1h' })
    const box = outbox(mail)
    expect(await box.deliver()).toMatchObject({ sent: 1, failed: 0, deferred: 0 })
    expect((await box.all()).map(({ state }) => state)).toEqual(['sent', 'queued'])
    expect(await box.clear()).toBe(2)
    expect(await box.all()).toEqual([])
    expect(await mail.find({ all: true })).toMatchObject({ items: [] })
  })
})

describe('a mail of the outbox', () => {
  const mail = fakeQueue({ streams: { news: {} } })
  const box = outbox(mail)

  beforeEach(() => box.clear())
  afterAll(() => mail.close())

  test('has its fields, attachments and headers as they were given', async () => {
    const to = ['Ada <ada@example.com>', { name: 'Zoë', address: 'zoe@example.com' }]
    const attachments = [
      { filename: 'a.txt', content: 'text' },
      { filename: 'b.bin', content: 'AAECAw==', encoding: 'base64', contentType: 'application/x-b' },
      { filename: 'big.bin', content: Buffer.alloc(400_000, 7) },
    ]
    const copies = { cc: 'boss@example.com', bcc: 'books@example.com' }
    const headers = { 'X-Order': 'Größe 42 – '.repeat(9).trim() }
    await mail.enqueue(
      { ...welcome, to, ...copies, attachments, headers, list: { unsubscribe: 'https://shop.example/u' } },
      { stream: 'news', tags: ['hello'], metadata: { order: 7 } },
    )
    const found = await box.only({ to: 'zoe@example.com', stream: 'news', tag: 'hello', subject: /^wel/i })
    expect(found).toMatchObject({
      from: 'shop@example.com',
      to: ['ada@example.com', 'zoe@example.com'],
      cc: ['boss@example.com'],
      bcc: ['books@example.com'],
      text: welcome.text,
      html: welcome.html,
      metadata: { order: 7 },
      headers: {
        subject: 'Welcome',
        'x-order': headers['X-Order'],
        'list-unsubscribe': '<https://shop.example/u>',
      },
    })
    expect(found.headers).not.toHaveProperty('bcc')
    expect(found.attachments.map(({ filename }) => filename)).toEqual(['a.txt', 'b.bin', 'big.bin'])
    expect(found.attachments[1]).toEqual({
      filename: 'b.bin',
      contentType: 'application/x-b',
      cid: undefined,
      content: Buffer.from([0, 1, 2, 3]),
    })
    expect(found.attachments[2]?.content.equals(Buffer.alloc(400_000, 7))).toBe(true)
  })

  test('gives its link and its code, once, however often and wherever they stand', async () => {
    await mail.enqueue(welcome)
    const found = await box.only()
    expect(found.link(/verify/)).toBe('https://shop.example/verify?t=1&u=2')
    expect(found.link('help')).toBe('https://shop.example/help')
    expect(found.code()).toBe('123456')
    expect(found.code(/code is (\d{3})/)).toBe('123')
    expect(() => found.link()).toThrow(/2 match: .*verify.*help/)
    expect(() => found.link(/reset/)).toThrow(/it has https:\/\/shop\.example\/verify/)
    expect(() => found.code(/[A-Z]{6}/)).toThrow(/once, in the mail "Welcome"; it has none/)
  })

  test('is one, or the error lists what there is', async () => {
    await expect(box.only()).rejects.toThrow(/none matches, of 0:\n.*empty/)
    await mail.enqueue(welcome)
    await mail.enqueue({ ...welcome, subject: 'Welcome again' })
    await expect(box.only({ to: 'ada@example.com' })).rejects.toThrow(
      /exactly one mail \{ to: "ada@example.com" \}; 2 match:\n {2}queued {2}"Welcome" {2}to ada@example.com\n.*again/,
    )
    await expect(box.only({ to: 'bob@example.com' })).rejects.toThrow(/none matches, of 2:\n.*"Welcome"/)
    await expect(box.none({ subject: /again/ })).rejects.toThrow(/no mail \{ subject: \/again\/ \}; 1 match/)
    await expect(box.none({ to: undefined } as never)).rejects.toMatchObject({ code: 'PH_FILTER_INVALID' })
  })

  test('that is sensitive has no content left once it was delivered', async () => {
    await mail.enqueue(welcome, { sensitive: true })
    expect((await box.only()).code()).toBe('123456')
    await box.deliver()
    expect(await box.only()).toMatchObject({ state: 'sent', text: undefined, to: ['ada@example.com'] })
  })
})

describe('the fake queue', () => {
  test('takes anything as a transaction, on every way in, and is the real queue below', async () => {
    const mail = fakeQueue({
      defaults: { from: 'shop@example.com' },
      streams: { news: { priority: 'bulk' } },
    })
    const tx = { query: () => [] }
    const item = { to: 'ada@example.com', subject: 'Hello', text: 'Hello' }
    await mail.enqueue(item)
    await mail.enqueueIn(tx, item, { stream: 'news' })
    await mail.enqueueIn(tx, await mail.prepare(item))
    mail.enqueueSync(tx, await mail.prepare(item))
    await mail.enqueueManyIn(tx, [{ mail: item }, { mail: item }])
    await mail.within(tx, () => Promise.all([mail.enqueue(item), mail.enqueueMany([{ mail: item }])]))
    expect(await outbox(mail, { tx }).all()).toHaveLength(8)
    expect(await outbox(mail).only({ stream: 'news' })).toMatchObject({ priority: 'bulk' })
    await expect(mail.enqueueIn(tx, { ...item, to: 'nobody' })).rejects.toMatchObject({
      code: 'PH_ADDRESS_INVALID',
    })
    // @ts-expect-error there is no such stream
    await expect(mail.enqueue(item, { stream: 'other' })).rejects.toMatchObject({ code: 'PH_STREAM_UNKNOWN' })
    expect(await outbox(mail).deliver()).toMatchObject({ sent: 8 })
    await mail.close()
  })

  test('is a queue of its own each time', async () => {
    const [first, second] = [fakeQueue(), fakeQueue()]
    await first.enqueue(welcome)
    await outbox(second).none()
    await Promise.all([first.close(), second.close()])
  })
})
