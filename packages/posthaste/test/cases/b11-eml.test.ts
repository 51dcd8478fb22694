import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { rawHeaders } from '../../src/mail/raw-header.ts'
import { type CallOptions, freshFolder, posthaste } from '../support/cli.ts'
import { type SmtpServer, startSmtp } from '../support/smtp.ts'

let folder: Awaited<ReturnType<typeof freshFolder>>
let smtp: SmtpServer
let mail: MailQueue<'default'>
let options: CallOptions

beforeAll(async () => {
  folder = await freshFolder()
  smtp = await startSmtp()
  const database = `sqlite:${folder.path}/mail.db`
  options = { env: { DATABASE_URL: database, POSTHASTE_SMTP_URL: smtp.url } }
  mail = createMailQueue({ database, transports: { default: smtp.url } })
})

afterAll(async () => {
  await mail.close()
  await smtp.close()
  await folder.remove()
})

async function sent(lines: readonly string[]) {
  const stdin = [...lines, 'Subject: Hello', '', 'Hello', ''].join('\r\n')
  const { id } = JSON.parse((await posthaste(['enqueue', '--json'], { ...options, stdin })).stdout)
  await mail.deliverDue({ ids: [id] })
  return smtp.received.at(-1)
}

test('B11: a message with two To, two Cc and two Bcc goes to all of them, and nobody sees the Bcc', async () => {
  const received = await sent([
    'From: shop@example.com',
    'To: ada@example.com',
    'To: bob@example.com',
    'Cc: carol@example.com',
    'CC : dan@example.com',
    'Bcc: eve@example.com',
    'bcc: frank@example.com',
  ])
  expect(received?.to.map((one) => one.split('@')[0])).toEqual(['ada', 'bob', 'carol', 'dan', 'eve', 'frank'])
  expect(String(received?.raw)).not.toMatch(/eve|frank/)
})

test('B11: a header in UTF-8 (RFC 6532) is read as UTF-8, domain and name', async () => {
  const received = await sent(['From: Grüße <shop@example.com>', 'To: "Zoë" <zoe@bücher.example>'])
  expect(received?.to).toEqual(['zoe@xn--bcher-kva.example'])
})

/** Neighbours: other bytes, nothing there, a name that only begins alike. */
test.each<[string | Buffer, string[]]>([
  [Buffer.from('To: \xe9@example.com\n\n', 'latin1'), ['é@example.com']],
  ['To: é@example.com\n\n', ['é@example.com']],
  ['X: 1\n\nTo: body@example.com', []],
  ['Together: a@example.com\n\n', []],
  ['To:\n\n', []],
])('B11: the headers To of %j are %j', (raw, expected) => {
  expect(rawHeaders(raw, 'to')).toEqual(expected)
})
