import { PassThrough, Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import { describe, expect, test } from 'vitest'
import type { Mail } from '../../src/index.ts'
import { codeOf, draft, mimeOf, plainMail, queued, resolved } from '../support/content.ts'
import { sqliteLine } from '../support/sqlite-line.ts'

const messageOf = async (work: () => unknown) => {
  try {
    await work()
  } catch (error) {
    return String(error)
  }
  throw new Error('it was taken')
}

describe('B6: an attachment that has no content is refused', () => {
  // Neighbours: alternatives, a single object instead of a list, null and false, the drop-in; an empty file is one that was meant.
  test.each<[string, object]>([
    ['misspelt', { attachments: [{ filename: 'a.pdf', contents: 'x' }] }],
    ['undefined', { attachments: [{ filename: 'a.pdf', content: undefined }] }],
    ['null', { attachments: [{ filename: 'a.pdf', content: null }] }],
    ['not there', { attachments: [{ filename: 'a.pdf' }] }],
    ['not in a list', { attachments: { filename: 'a.pdf' } }],
    ['an alternative', { alternatives: [{ contentType: 'text/x' }] }],
    ['a name of a provider', { attachments: [{ filename: 'a', content: 'x', ContentType: 1, data: 'y' }] }],
  ])('%s', async (_, fields) => {
    expect(await codeOf(() => draft(fields))).toBe('PH_MAIL_INVALID')
  })

  test('and the message names what was meant', async () => {
    expect(await messageOf(() => draft({ attachments: [{ contents: 'x' }] }))).toMatch(
      /attachments\[0\]\.contents.*'content'/,
    )
  })

  test.each([[''], [Buffer.alloc(0)]])('but not an empty file', async (content) => {
    expect(await mimeOf({ attachments: [{ filename: 'empty.txt', content }] })).toContain('empty.txt')
  })

  test('through the drop-in too, and nothing is stored', async () => {
    await using line = await sqliteLine()
    const transporter = createTransport(line.mail.transport())
    const mail = { ...plainMail, attachments: [{ filename: 'a.pdf', content: undefined }] }
    expect(await codeOf(() => transporter.sendMail(mail))).toBe('PH_MAIL_INVALID')
    expect((await line.mail.find({ all: true })).items).toHaveLength(0)
  })
})

describe('B7: a header that would get lost is refused', () => {
  test.each([
    [[null]],
    [[undefined]],
    [['X-Order: 7']],
    [[['X-Order', '7']]],
    [[{ value: '7' }]],
    [Array(1)],
  ])('headers: %j', async (headers) => {
    for (const fields of [
      { headers },
      { attachments: [{ content: 'x', headers }] },
      { html: { content: 'x', headers } },
    ]) {
      expect(await codeOf(() => draft(fields as object))).toBe('PH_MAIL_INVALID')
      expect(await messageOf(() => draft(fields as object))).toMatch(/headers\[0\] is no \{ key, value \}/)
    }
  })
})

describe('B7: a field that nobody reads is refused', () => {
  test.each<[object, RegExp]>([
    [{ subjet: 'x' }, /'subjet'; did you mean 'subject'/],
    [{ txt: 'y' }, /'txt'; did you mean 'text'/],
    [{ reply_to: 'a@example.com' }, /did you mean 'replyTo'/],
    [{ htmlBody: '<p>' }, /'html'/],
    [{ HtmlBody: '<p>' }, /'html'/],
    [{ body: 'x' }, /'text' or 'html'/],
    [{ scheduled_at: 'x' }, /'sendAt'/],
    [{ attachment: [] }, /'attachments'/],
    [{ templateId: 7 }, /provider: \{/],
    [{ 'o:tag': 'x' }, /provider: \{/],
    [{ ['x\u001b[31m'.repeat(30)]: 1 }, /there is no field 'x/],
    [{ provider: { to: 'eve@example.com' } }, /provider\.to/],
    [{ provider: 'x' }, /provider is not an object/],
  ])('%o', async (fields, expected) => {
    const message = await messageOf(() => draft(fields))
    expect(message).toMatch(expected)
    expect(message).not.toContain('\u001b')
  })

  test('and does not compile', () => {
    // @ts-expect-error: there is no such field
    const misspelt: Mail = { to: 'ada@example.com', subjet: 'x' }
    const foreign: Mail = { to: 'ada@example.com', provider: { templateId: 7 } }
    expect([misspelt, foreign]).toHaveLength(2)
  })

  test('but an undefined one is absent', () => {
    expect(draft({ template: undefined }).recipients).toHaveLength(1)
  })

  test.each([
    { subject: undefined, text: undefined },
    { subject: '', text: '', html: undefined, attachments: [] },
  ])('a mail that says nothing is refused: %o', async (fields) => {
    expect(await messageOf(() => draft(fields))).toMatch(/no subject, no body/)
  })

  test("what only a provider reads goes under 'provider', and a transporter gets it at top level; the drop-in puts it there", async () => {
    const given: Record<string, unknown>[] = []
    const sendMail = async (mail: Record<string, unknown>) => {
      given.push(mail)
      return { accepted: [mail.to], rejected: [], messageId: '<1@x.example>', response: 'OK' }
    }
    await using line = await sqliteLine({ transports: { default: { sendMail } as never } })
    await line.mail.enqueue({ ...plainMail, provider: { templateId: 7 } })
    await createTransport(line.mail.transport()).sendMail({ ...plainMail, templateId: 8 } as never)
    await line.mail.deliverDue({ concurrency: 1 })
    expect(given.map(({ templateId }) => templateId).sort()).toEqual([7, 8])
    expect(given.filter((mail) => 'provider' in mail)).toEqual([])
  })
})

describe('B8: a folded header is one line, and a second header is refused', () => {
  test.each<[string, object]>([
    ['Subject: Hello\r\n', { subject: 'Hello\n' }],
    ['Subject: Hello there\r\n', { subject: 'Hello\r\n there' }],
    ['X-A: one two\r\n', { headers: { 'X-A': 'one\n\ttwo\r\n' } }],
    ['X-A: one two\r\n', { headers: [{ key: 'X-A', value: 'one\n two' }] }],
    ['filename=a.txt', { attachments: [{ filename: 'a.txt\n', content: 'x' }] }],
  ])('%s', async (line, fields) => {
    expect((await mimeOf(fields)).replace(/\t/g, ' ')).toContain(line)
  })

  test('in an address list', () => {
    expect(draft({ to: 'a@example.com,\n b@example.com' }).recipients.map(({ address }) => address)).toEqual([
      'a@example.com',
      'b@example.com',
    ])
  })

  test.each(['Hello\nBcc: eve@example.com', 'Hello\r\n \r\nBcc: eve@example.com', 'Hello\rBcc: x@y.example'])(
    'not %o',
    async (subject) => {
      expect(await codeOf(() => draft({ subject }))).toBe('PH_HEADER_INJECTION')
    },
  )

  test('and 100,000 line breaks take no time', async () => {
    const began = performance.now()
    expect(await codeOf(() => draft({ subject: `${'\n'.repeat(99_000)}x` }))).toBe('PH_HEADER_INJECTION')
    expect(performance.now() - began).toBeLessThan(50)
  })
})

describe('B9: a mail may forbid files and URLs that the queue allows', () => {
  const file = import.meta.filename
  const limits = { roots: [import.meta.dirname], hosts: ['127.0.0.1:1'] }

  test('a file', async () => {
    const attachments = [{ path: file }]
    expect(await codeOf(() => resolved({ attachments, disableFileAccess: true }, limits))).toBe(
      'PH_PATH_REFUSED',
    )
    expect(await codeOf(() => resolved({ attachments }, limits))).toBe('nothing was thrown')
  })

  test('a URL', async () => {
    const attachments = [{ href: 'http://127.0.0.1:1/a' }]
    expect(await codeOf(() => resolved({ attachments, disableUrlAccess: true }, limits))).toBe(
      'PH_URL_REFUSED',
    )
    expect(await codeOf(() => resolved({ attachments }, limits))).toBe('PH_CONTENT_UNREADABLE')
  })

  test("and so may the drop-in's transporter", async () => {
    await using line = await sqliteLine({ attachments: { roots: [import.meta.dirname] } })
    const mail = { ...plainMail, attachments: [{ path: file }] }
    const closed = createTransport(line.mail.transport(), { disableFileAccess: true })
    expect(await codeOf(() => closed.sendMail(mail))).toBe('PH_PATH_REFUSED')
    expect(await codeOf(() => createTransport(line.mail.transport()).sendMail(mail))).toBe(
      'nothing was thrown',
    )
  })
})

describe('B10: nobody sees the Bcc of a whole message', () => {
  const header =
    'From: a@example.com\r\nBcc: eve@example.com,\r\n\tmallory@example.com\r\nSubject: x\r\nbcc : more@example.com'
  const body = '\r\n\r\nBcc: this is text\r\n'
  const envelope = { from: 'a@example.com', to: ['eve@example.com'] }
  const stream = () => Readable.from([Buffer.from(header.slice(0, 30)), Buffer.from(header.slice(30) + body)])

  test.each<[string, () => unknown]>([
    ['text', () => header + body],
    ['bytes', () => Buffer.from(header + body)],
    ['a stream', stream],
    ['LF alone', () => (header + body).replaceAll('\r\n', '\n')],
    ['much more than fits', () => Buffer.from(header + body + 'x'.repeat(3_000_000))],
    ['a resent one', () => `Resent-Bcc: eve@example.com\r\n${header}${body}`],
  ])('given as %s', async (_, raw) => {
    const sent = await mimeOf({ raw: raw(), envelope })
    expect(sent).not.toMatch(/eve@|mallory@|more@/)
    expect(sent).toContain('Bcc: this is text')
    expect(sent).toMatch(/^From: a@example\.com\r?\nSubject: x\r?\n/)
  })

  test('nor in the form that transports read', async () => {
    const { raw } = await queued({ raw: header + body, envelope }, 'data')
    expect(String(raw)).not.toContain('eve@')
  })
})

describe('B19, B20: what has no end is ended', () => {
  test('105,000 data images are refused at once', async () => {
    const html = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'.repeat(105_000)
    const began = performance.now()
    expect(await messageOf(() => resolved({ html, attachDataUrls: true }))).toMatch(/1000 data: images/)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('a stream that never ends is given up by name, and closed', async () => {
    const content = new PassThrough()
    content.write('x')
    const attachments = [{ filename: 'a', content }]
    expect(await messageOf(() => resolved({ attachments }, { streamTimeout: 50 }))).toMatch(
      /attachments\[0\]\.content did not end within 50 ms/,
    )
    expect(content.destroyed).toBe(true)
  })
})

describe('G17: base64 in a data: URI is understood', () => {
  const bytes = Buffer.from('%PDF-1.7 bytes')
  const content = `data:application/pdf;base64,${bytes.toString('base64')}`

  test('its type is taken from there', async () => {
    const mime = await mimeOf({ attachments: [{ filename: 'a.pdf', encoding: 'base64', content }] })
    expect(mime).toContain(bytes.toString('base64'))
    expect(mime).toContain('Content-Type: application/pdf')
  })

  test('text that only looks like one stays text', async () => {
    expect(await mimeOf({ attachments: [{ filename: 'a.txt', content }] })).toContain(
      Buffer.from(content).toString('base64').slice(0, 60),
    )
  })
})
