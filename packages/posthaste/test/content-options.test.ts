import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { mimeOf, queued, resolved } from './support/content.ts'

const text = (value: string) => Readable.from([Buffer.from(value)], { objectMode: false })

describe('every option of a Nodemailer message survives the queue', () => {
  test('from, sender, replyTo, and Bcc in the envelope only', async () => {
    const fields = {
      from: 'A <a@example.com>',
      sender: 's@example.com',
      replyTo: ['r@example.com'],
      bcc: 'secret@example.com',
    }
    const mime = await mimeOf(fields)
    expect(mime).toMatch(
      /^From: A <a@example\.com>\r\nSender: s@example\.com\r\nTo: jo@example\.com\r\nReply-To: r@example\.com\r\n/,
    )
    expect(mime).not.toContain('secret')
    expect((await resolved(fields)).draft.recipients).toContainEqual({
      address: 'secret@example.com',
      kind: 'bcc',
    })
  })

  test('groups as text and as objects, which Nodemailer alone would leave out', async () => {
    const group = { name: 'The "team"', group: [{ name: 'Bé', address: 'b@example.com' }, 'c@example.com'] }
    const mime = await mimeOf({ to: [group, 'Friends: d@example.com;'] })
    expect(mime).toContain('To: "The \\"team\\"":=?UTF-8?B?QsOp?= <b@example.com>,')
    expect(mime).toContain('c@example.com;')
    expect(mime).toContain('Friends:d@example.com;')
  })

  test('subject, inReplyTo, references as text and as a list', async () => {
    const mime = await mimeOf({
      subject: 'Grüße',
      inReplyTo: '<q@example.com>',
      references: ['<p@example.com>', 'q@example.com'],
    })
    expect(mime).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=')
    expect(mime).toContain('In-Reply-To: <q@example.com>')
    expect(mime).toContain('References: <p@example.com> <q@example.com>')
  })

  test('messageId and date, and without them the same ones on every attempt', async () => {
    const stated = await mimeOf({ messageId: '<mine@example.com>', date: new Date('2025-01-02T03:04:05Z') })
    expect(stated).toContain('Message-ID: <mine@example.com>')
    expect(stated).toContain('Date: Thu, 02 Jan 2025 03:04:05 +0000')
    expect(await mimeOf({ html: '<p>' })).toBe(await mimeOf({ html: '<p>' }))
  })

  test('date as ISO text becomes a valid header, as RFC 5322 text it stays as it is', async () => {
    expect(await mimeOf({ date: '2025-01-02T03:04:05.000Z' })).toContain(
      'Date: Thu, 02 Jan 2025 03:04:05 +0000',
    )
    expect(await mimeOf({ date: 'Thu, 2 Jan 2025 04:04:05 +0100' })).toContain(
      'Date: Thu, 2 Jan 2025 04:04:05 +0100',
    )
  })

  test.each(['text', 'html', 'watchHtml', 'amp'])('%s as text, bytes, stream and object', async (field) => {
    for (const value of [
      'hello',
      Buffer.from('hello'),
      new Uint8Array(Buffer.from('hello')),
      text('hello'),
      { content: 'hello' },
      { content: 'aGVsbG8=', encoding: 'base64' },
      { content: text('hello') },
    ]) {
      expect(await mimeOf({ text: undefined, [field]: value })).toMatch(/\r\n\r\n(?:hello|aGVsbG8=)\r\n$/)
    }
    expect(await mimeOf({ text: undefined, [field]: { raw: 'X-Own: part\r\n\r\nhello' } })).toBe(
      'X-Own: part\r\n\r\nhello\r\n',
    )
  })

  test('icalEvent, which is written twice', async () => {
    const mime = await mimeOf({
      icalEvent: { method: 'request', filename: 'a.ics', content: text('BEGIN:VCALENDAR') },
    })
    expect(mime).toContain('Content-Type: text/calendar; charset=utf-8; method=REQUEST')
    expect(mime).toContain('filename=a.ics')
    expect(mime).toContain(Buffer.from('BEGIN:VCALENDAR').toString('base64'))
  })

  test('alternatives', async () => {
    const mime = await mimeOf({
      alternatives: [
        { contentType: 'text/x-web-markdown', content: '**hello**', headers: { 'X-Part': '1' } },
      ],
    })
    expect(mime).toContain('multipart/alternative')
    expect(mime).toContain('Content-Type: text/x-web-markdown')
    expect(mime).toContain('X-Part: 1')
  })

  test('attachments: names, types, cid, encodings, headers, no name at all, one without a list', async () => {
    const mime = await mimeOf({
      html: '<img src="cid:logo">',
      attachments: [
        {
          filename: 'Größe.txt',
          content: 'x',
          contentTransferEncoding: 'quoted-printable',
          headers: { 'X-Part': ['1', '2'] },
        },
        { cid: 'logo', contentType: 'image/png', content: 'iVBORw0KGgo=', encoding: 'base64' },
        {
          filename: false,
          content: Buffer.from('y'),
          contentDisposition: 'inline',
          contentTransferEncoding: false,
        },
      ],
    })
    expect(mime).toContain('filename*0*=utf-8')
    expect(mime).toContain('X-Part: 1\r\nX-Part: 2')
    expect(mime).toContain('Content-ID: <logo>')
    expect(mime).toContain('iVBORw0KGgo=')
    expect(await mimeOf({ attachments: { filename: 'only.txt', content: 'z' } })).toContain(
      'filename=only.txt',
    )
  })

  test('attachments: raw parts and data: URIs', async () => {
    const mime = await mimeOf({
      attachments: [
        { raw: 'Content-Type: text/plain\r\n\r\nready made' },
        { raw: text('Content-Type: text/plain\r\n\r\nstreamed part') },
        { path: 'data:text/css;base64,Ym9keXt9' },
        { href: 'data:,Hello%2C%20World', filename: 'hi.txt' },
      ],
    })
    expect(mime).toContain('\r\n\r\nready made\r\n')
    expect(mime).toContain('\r\n\r\nstreamed part\r\n')
    expect(mime).toMatch(/Content-Type: text\/css; name=attachment-3\.css[\s\S]*Ym9keXt9/)
    expect(mime).toContain(Buffer.from('Hello, World').toString('base64'))
  })

  test.each([
    ['text', 'Message-ID: <r@example.com>\r\n\r\nraw'],
    ['bytes', Buffer.from('Message-ID: <r@example.com>\r\n\r\nraw')],
    ['a stream', text('Message-ID: <r@example.com>\r\n\r\nraw')],
  ])('a whole raw message as %s, whose Message-ID counts', async (_, raw) => {
    const mail = await resolved({ raw, subject: undefined })
    expect(mail.draft.messageId).toBe('<r@example.com>')
    expect(await mimeOf({ raw: 'Message-ID: <r@example.com>\r\n\r\nraw' })).toBe(
      'Message-ID: <r@example.com>\r\n\r\nraw\r\n',
    )
  })

  test('envelope with its own fields, dsn, requireTLSExtensionEnabled, maxRecipients, ses', async () => {
    const fields = {
      envelope: { from: false, to: ['x@example.com'], size: 5, use8BitMime: true },
      dsn: { id: 'abc', return: 'headers', notify: ['failure'] },
      requireTLSExtensionEnabled: true,
      maxRecipients: 3,
      ses: { ConfigurationSetName: 'main' },
    }
    expect(await queued(fields)).toMatchObject(fields)
  })

  test('headers as an object, a list, one pair, prepared, with numbers and dates', async () => {
    const mime = await mimeOf({
      headers: { 'x-b': 'second', 'X-A': ['1', '2'], 'X-N': 5, 'X-P': { prepared: true, value: 'a=b;  c' } },
    })
    expect(mime).toContain('X-B: second\r\nX-A: 1\r\nX-A: 2\r\nX-N: 5\r\nX-P: a=b;  c')
    expect(
      await mimeOf({
        headers: [
          { key: 'X-A', value: '1' },
          { key: 'X-A', value: '2' },
        ],
      }),
    ).toContain('X-A: 1\r\nX-A: 2')
    expect(await mimeOf({ headers: { key: 'X-Only', value: 'one' } })).toContain('X-Only: one')
  })

  test('headers that set Message-ID and Date are not overruled', async () => {
    const mime = await mimeOf({
      headers: { 'Message-Id': '<h@example.com>', Date: new Date('2025-01-02T03:04:05Z') },
    })
    expect(mime.match(/^Message-ID: .*$/gim)).toEqual(['Message-ID: <h@example.com>'])
    expect(mime.match(/^Date: .*$/gim)).toEqual(['Date: Thu, 02 Jan 2025 03:04:05 +0000'])
  })

  test('list in all its shapes', async () => {
    const mime = await mimeOf({
      list: {
        help: 'help@example.com',
        unsubscribe: [
          { url: 'https://example.com/u', comment: 'leave' },
          ['https://example.com/v', 'stop@example.com'],
        ],
        id: { url: 'news.example.com', comment: 'News' },
      },
    })
    expect(mime).toContain('List-Help: <mailto:help@example.com>')
    expect(mime).toContain('List-Unsubscribe: <https://example.com/u> (leave)')
    expect(mime).toContain('List-Unsubscribe: <https://example.com/v>, <mailto:stop@example.com>')
    expect(mime).toContain('List-ID: "News" <news.example.com>')
  })

  test('priority, xMailer, otp', async () => {
    const mime = await mimeOf({
      priority: 'high',
      xMailer: 'Shop 1',
      otp: { code: '123456', origin: 'https://example.com/login' },
    })
    expect(mime).toContain('X-Priority: 1 (Highest)')
    expect(mime).toContain('Importance: High')
    expect(mime).toContain('X-Mailer: Shop 1')
    expect(mime).toContain('OTP-Token: "123456"; origin="https://example.com"')
    expect(await mimeOf({ xMailer: false })).not.toContain('X-Mailer')
  })

  test('encoding, textEncoding, newline, baseBoundary, boundaryPrefix', async () => {
    expect(await mimeOf({ encoding: 'base64' })).toContain(Buffer.from('Hi').toString('base64'))
    expect(await mimeOf({ subject: 'ü', textEncoding: 'B' })).toContain('Subject: =?UTF-8?B?')
    expect(await mimeOf({ newline: 'linux' })).not.toContain('\r')
    expect(await mimeOf({ html: '<p>', baseBoundary: 'mine', boundaryPrefix: 'p' })).toContain(
      '\r\n--p-mine-Part_1\r\n',
    )
  })

  test('attachDataUrls, with ids that every attempt shares', async () => {
    const fields = { attachDataUrls: true, html: '<img alt="" src="data:image/png;base64,iVBORw0KGgo=">' }
    const mime = await mimeOf(fields)
    expect(mime).toMatch(/src="?=?3?D?"?cid:[\s\S]*Content-ID: <[0-9a-f]{20}@localhost>/)
    expect(mime).toContain('filename=image-1.png')
    expect(await mimeOf({ ...fields, html: { content: text(fields.html) } })).toBe(mime)
  })
})
