import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeDocument } from '../src/mail/decode.ts'
import { renderMime } from '../src/mail/render.ts'
import type { ResolvedMail } from '../src/mail/resolve.ts'
import { codeOf, openFrom, resolved } from './support/content.ts'

const attach = (attachment: object) => ({ attachments: [attachment] })
const mimeOf = async (mail: ResolvedMail) =>
  (await renderMime(decodeDocument(mail.document, openFrom(mail)))).toString()

describe('content given as a URL', () => {
  let server: Server
  let host: string
  const seen: { url: string | undefined; authorization: string | undefined }[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ url: request.url, authorization: request.headers.authorization })
      if (request.url === '/logo.png') response.setHeader('content-type', 'text/html').end('PNG')
      else if (request.url === '/away')
        response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
      else if (request.url === '/hop') response.writeHead(301, { location: '/logo.png' }).end()
      else if (request.url === '/loop') response.writeHead(301, { location: '/loop' }).end()
      else if (request.url === '/slow') response.write('x')
      else response.writeHead(404).end('not here')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })

  const get = (href: string, more: object = {}, limits: object = {}) =>
    resolved(attach({ href, ...more }), { hosts: [host], ...limits })

  test('is refused unless its host is allowed, port and all', async () => {
    for (const hosts of [[], ['127.0.0.1'], ['127.0.0.1:1']]) {
      expect(await codeOf(() => get(`http://${host}/logo.png`, {}, { hosts }))).toBe('PH_URL_REFUSED')
    }
    expect(seen).toEqual([])
  })

  test('of an allowed host is fetched now, with the given headers, which are not kept', async () => {
    const mail = await get(`http://${host}/logo.png`, { httpHeaders: { authorization: 'Bearer secret' } })
    expect(seen.at(-1)).toEqual({ url: '/logo.png', authorization: 'Bearer secret' })
    const mime = await mimeOf(mail)
    expect(mime).toContain('Content-Type: image/png; name=logo.png')
    expect(mime).toContain(Buffer.from('PNG').toString('base64'))
    expect(mail.document.toString()).not.toContain('secret')
  })

  test('may be given as path', async () => {
    const mail = await resolved(attach({ path: `http://${host}/logo.png` }), { hosts: [host] })
    expect(await mimeOf(mail)).toContain('name=logo.png')
  })

  test('is followed to an allowed host only', async () => {
    expect(await mimeOf(await get(`http://${host}/hop`))).toContain(Buffer.from('PNG').toString('base64'))
    expect(await codeOf(() => get(`http://${host}/away`))).toBe('PH_URL_REFUSED')
    expect(await codeOf(() => get(`http://${host}/loop`))).toBe('PH_CONTENT_UNREADABLE')
  })

  test.each([
    ['file:///etc/passwd', 'PH_URL_REFUSED'],
    ['ftp://127.0.0.1/x', 'PH_URL_REFUSED'],
    ['not a url', 'PH_URL_REFUSED'],
  ])('%s is refused', async (href, code) => {
    expect(await codeOf(() => get(href))).toBe(code)
  })

  test('with a password in it, or TLS options, is refused', async () => {
    expect(await codeOf(() => get(`http://user:pass@${host}/logo.png`))).toBe('PH_URL_REFUSED')
    expect(await codeOf(() => get(`http://${host}/logo.png`, { tls: { rejectUnauthorized: false } }))).toBe(
      'PH_MAIL_INVALID',
    )
  })

  test('that is not found, too large or too slow is refused', async () => {
    expect(await codeOf(() => get(`http://${host}/nothing`))).toBe('PH_CONTENT_UNREADABLE')
    expect(await codeOf(() => get(`http://${host}/logo.png`, {}, { maxSize: 2 }))).toBe(
      'PH_CONTENT_TOO_LARGE',
    )
    expect(await codeOf(() => get(`http://${host}/slow`, {}, { fetchTimeout: 200 }))).toBe(
      'PH_CONTENT_UNREADABLE',
    )
  })
})
