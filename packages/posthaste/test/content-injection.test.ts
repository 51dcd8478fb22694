import { describe, expect, test } from 'vitest'
import { codeOf, draft } from './support/content.ts'

describe('a line break or NUL is refused in', () => {
  const evil = 'x\r\nBcc: victim@example.com'
  const places: [string, (text: string) => object][] = [
    ['the subject', (text) => ({ subject: text })],
    ['an address', (text) => ({ to: text })],
    ['a display name', (text) => ({ from: { name: text, address: 'a@example.com' } })],
    ['a reply address', (text) => ({ replyTo: [{ name: text, address: 'a@example.com' }] })],
    ['the Message-ID', (text) => ({ messageId: text })],
    ['In-Reply-To', (text) => ({ inReplyTo: text })],
    ['References', (text) => ({ references: ['<a@b>', text] })],
    ['a header value', (text) => ({ headers: { 'X-A': text } })],
    ['a header value in a list', (text) => ({ headers: { 'X-A': ['fine', text] } })],
    ['a header name', (text) => ({ headers: { [text]: 'x' } })],
    ['a { key, value } header', (text) => ({ headers: [{ key: 'X-A', value: text }] })],
    ['the key of a { key, value } header', (text) => ({ headers: [{ key: text, value: 'x' }] })],
    ['a prepared header', (text) => ({ headers: { 'X-A': { prepared: true, value: text } } })],
    ['a list URL', (text) => ({ list: { unsubscribe: text } })],
    ['a list comment', (text) => ({ list: { help: { url: 'a@b.example', comment: text } } })],
    ['a list name', (text) => ({ list: { [text]: 'a@b.example' } })],
    ['X-Mailer', (text) => ({ xMailer: text })],
    ['a file name', (text) => ({ attachments: [{ filename: text, content: 'x' }] })],
    ['a content type', (text) => ({ attachments: [{ contentType: text, content: 'x' }] })],
    ['a content id', (text) => ({ attachments: [{ cid: text, content: 'x' }] })],
    ['a disposition', (text) => ({ attachments: [{ contentDisposition: text, content: 'x' }] })],
    ['a transfer encoding', (text) => ({ alternatives: [{ contentTransferEncoding: text, content: 'x' }] })],
    ['a header of a part', (text) => ({ attachments: [{ content: 'x', headers: { 'X-A': text } }] })],
    ['a header of the html', (text) => ({ html: { content: 'x', headers: { 'X-A': text } } })],
    ['the name of a path', (text) => ({ attachments: [{ path: text }] })],
    ['a calendar method', (text) => ({ icalEvent: { content: 'x', method: text } })],
    ['the envelope', (text) => ({ envelope: { from: 'a@example.com', to: 'b@example.com', size: text } })],
    ['a DSN field', (text) => ({ dsn: { id: text } })],
    ['a one-time code', (text) => ({ otp: { code: text, origin: 'https://example.com' } })],
    ['the boundary', (text) => ({ baseBoundary: text })],
    ['a header that Mailgun would write', (text) => ({ provider: { 'h:X-A': text } })],
  ]
  test.each(places)('%s', async (_, place) => {
    for (const text of [evil, 'x\0y', 'x\ny', 'x\ry'])
      expect(await codeOf(() => draft(place(text)))).toBe('PH_HEADER_INJECTION')
  })
})
