import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createMailQueue, type EnqueueOptions, type Mail, type MailQueue } from '../src/index.ts'
import { type CallOptions, callHere, freshFolder, posthaste, posthasteJson } from './support/cli.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'

let folder: Awaited<ReturnType<typeof freshFolder>>
let smtp: SmtpServer
let mail: MailQueue<'default'>
let options: CallOptions
let tag: string

beforeAll(async () => {
  folder = await freshFolder()
  smtp = await startSmtp()
  const database = `sqlite:${folder.path}/mail.db`
  options = { env: { DATABASE_URL: database, POSTHASTE_SMTP_URL: smtp.url } }
  mail = createMailQueue({ database, transports: { default: smtp.url } })
})

beforeEach(({ task }) => {
  tag = task.id
})

afterAll(async () => {
  await mail.close()
  await smtp.close()
  await folder.remove()
})

async function enqueue(given: Partial<Mail> = {}, more: EnqueueOptions<'default'> = {}): Promise<string> {
  const message = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Your order', text: 'Hello' }
  return (await mail.enqueue({ ...message, ...given }, { tags: [tag], ...more })).id
}

test('a dry run tells how many and which, and changes nothing', async () => {
  const id = await enqueue()
  const found = await posthasteJson(['cancel', '--tag', tag, '--dry-run'], options)
  expect(found).toMatchObject({ dryRun: true, matching: 1, sample: [{ id, state: 'queued' }] })
  expect(await mail.get(id)).toMatchObject({ state: 'queued' })
  const { code, stdout } = await callHere(['cancel', '--tag', tag, '--dry-run'], options)
  expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: 'would cancel 1 mail' })
})

test('by filter it needs --yes where nobody can be asked, by id it does not', async () => {
  const id = await enqueue()
  expect(await callHere(['hold', '--tag', tag], options)).toMatchObject({ code: 2 })
  expect(await mail.get(id)).toMatchObject({ state: 'queued' })
  expect(await callHere(['hold', id], options)).toMatchObject({ code: 0, stdout: '1 held\n' })
  expect(await mail.get(id)).toMatchObject({ state: 'held', reason: 'by-hand' })
})

test('a mail named by id that could not be changed is a failure', async () => {
  const id = await enqueue()
  const [code, again] = [await callHere(['cancel', id], options), await callHere(['cancel', id], options)]
  expect([code.code, again.code, again.stdout]).toEqual([0, 1, '0 cancelled\n'])
})

test('retry means failed and deferred mail, and leaves scheduled and cancelled mail alone', async () => {
  smtp.options.reply = ({ step, address }) => {
    if (step !== 'RCPT') return undefined
    return address.startsWith('later') ? '450 4.2.1 later' : '550 5.1.1 nobody'
  }
  const failed = await enqueue({ to: 'nobody@example.com' })
  const deferred = await enqueue({ to: 'later@example.com' })
  await mail.deliverDue({ ids: [failed, deferred] })
  smtp.options.reply = () => undefined
  const scheduled = await enqueue({}, { delay: '1h' })
  const cancelled = await enqueue()
  await mail.cancel({ id: cancelled })

  expect(await posthasteJson(['list', '--tag', tag, '--state', 'deferred'], options)).toMatchObject({
    items: [{ id: deferred }],
  })
  expect(await posthasteJson(['retry', '--tag', tag, '--yes'], options)).toEqual({
    action: 'retry',
    changed: 2,
  })
  expect(await mail.deliverDue({ ids: [failed, deferred, scheduled, cancelled] })).toMatchObject({ sent: 2 })
  expect(await mail.get(scheduled)).toMatchObject({ state: 'queued', attempts: 0 })
  expect(await mail.get(cancelled)).toMatchObject({ state: 'cancelled' })
})

test('resend sends the content once more, to the same or to others', async () => {
  const id = await enqueue({ subject: 'Once more' })
  await mail.deliverDue({ ids: [id] })
  const before = smtp.received.length
  const { resent } = await posthasteJson(['resend', id, '--send-to', 'grace@example.com'], options)
  expect(resent).toEqual([{ from: id, id: expect.any(String) }])
  await mail.deliverDue({ ids: [resent[0].id] })
  expect(smtp.received[before]).toMatchObject({ to: ['grace@example.com'] })
  expect(await mail.get(resent[0].id)).toMatchObject({ resentFrom: id, subject: 'Once more' })
})

test('resend by filter does not resend what it has just resent, and says what it could not', async () => {
  const ids = [await enqueue(), await enqueue()]
  const gone = await enqueue({}, { sensitive: true })
  await mail.deliverDue({ ids: [...ids, gone] })
  const { code, stdout } = await callHere(['resend', '--tag', tag, '--yes', '--json'], options)
  const { resent, failed } = JSON.parse(stdout)
  expect(resent.map(({ from }: { from: string }) => from).sort()).toEqual(ids.sort())
  expect(failed).toMatchObject([{ id: gone, code: 'PH_BODY_GONE' }])
  expect(code).toBe(1)
})

test('purge deletes sent mail only, unless it is told more', async () => {
  const [sent, cancelled, queued] = [await enqueue(), await enqueue(), await enqueue()]
  await mail.deliverDue({ ids: [sent] })
  await mail.cancel({ id: cancelled })
  await posthasteJson(['purge', '--older-than', '1h', '--yes'], options)
  expect(await mail.get(sent)).toMatchObject({ state: 'sent' })
  const asked = await posthasteJson(['purge', '--older-than', '0s', '--dry-run'], options)
  expect(asked).toEqual({ dryRun: true, matching: await mail.count({ state: 'sent' }) })
  expect((await callHere(['purge', '--older-than', '0s'], options)).stderr).toContain('needs --yes')
  await posthasteJson(['purge', '--older-than', '0s', '--yes'], options)
  expect(await mail.get(sent)).toBeUndefined()
  expect(await mail.get(cancelled)).toMatchObject({ state: 'cancelled' })
  await posthasteJson(['purge', '--older-than', '0s', '--state', 'failed', '--yes'], options)
  expect(await mail.get(cancelled)).toBeUndefined()
  expect(await mail.get(queued)).toMatchObject({ state: 'queued' })
  await mail.cancel({ id: queued })
  const one = await callHere(['purge', '--older-than', '0s', '--state', 'failed', '--dry-run'], options)
  expect(one.stdout).toBe('would delete 1 mail\n')
})

test('list pages through mail, newest first', async () => {
  const ids = [await enqueue(), await enqueue(), await enqueue()].reverse()
  const first = await posthasteJson(['list', '--tag', tag, '--limit', '2'], options)
  const second = await posthasteJson(['list', '--tag', tag, '--limit', '2', '--after', first.next], options)
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids)
  expect(second.next).toBeNull()
})

test('what strangers wrote cannot steer the terminal', async () => {
  const id = await enqueue({ subject: 'Free\u001b]0;you are hacked\u0007 \u202egift' })
  const { stdout } = await callHere(['show', id], options)
  expect(stdout).toContain('Free\\u001b]0;you are hacked\\u0007 \\u202egift')
})

test('the content is shown only when asked, and never of sensitive mail', async () => {
  const [open, secret] = [
    await enqueue({ text: 'The text' }),
    await enqueue({ subject: 'PIN 1234' }, { sensitive: true }),
  ]
  expect((await callHere(['show', open], options)).stdout).not.toContain('The text')
  expect((await callHere(['show', open, '--body'], options)).stdout).toMatch(
    /^Subject: Your order\r?$[\s\S]*The text/m,
  )
  const refused = await callHere(['show', secret, '--body'], options)
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect((await callHere(['show', secret], options)).stdout).toContain('(sensitive)')
  expect(JSON.stringify(await posthasteJson(['list', '--tag', tag], options))).not.toContain('1234')
})

test('a whole message from stdin goes as it is, but for Bcc, to whom its headers name', async () => {
  const message = [
    'From: Shop <shop@example.com>',
    'To: ada@example.com,',
    ' "Bob, the builder" <bob@example.com>',
    'Bcc: secret@example.com',
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    'X-Kept: yes',
    '',
    'Bcc: is only text here',
    '',
  ].join('\n')
  const call = { ...options, stdin: message }
  const { id } = JSON.parse((await posthaste(['enqueue', '--tag', tag, '--json'], call)).stdout)
  expect(await mail.get(id)).toMatchObject({ subject: 'Grüße', tags: [tag] })
  await mail.deliverDue({ ids: [id] })
  const received = smtp.received.at(-1)
  expect(received?.to).toEqual(['ada@example.com', 'bob@example.com', 'secret@example.com'])
  const raw = received?.raw.toString() ?? ''
  expect(raw).toMatch(/X-Kept: yes\r\n\r\nBcc: is only text here/)
  expect(raw).not.toContain('secret@example.com')
})

test('--from and --to replace the envelope of a message from stdin', async () => {
  const call = { ...options, stdin: 'From: shop@example.com\r\nTo: ada@example.com\r\n\r\nHello\r\n' }
  const args = ['enqueue', '--from', 'bounces@example.com', '--to', 'archive@example.com', '--json']
  const { id } = JSON.parse((await posthaste(args, call)).stdout)
  await mail.deliverDue({ ids: [id] })
  expect(smtp.received.at(-1)).toMatchObject({ from: 'bounces@example.com', to: ['archive@example.com'] })
})

test('every option of the queue can be given to enqueue', async () => {
  const replaced = await enqueue({}, { idempotencyKey: 'order-1', tenant: 'acme' })
  const args = [
    '--from',
    'shop@example.com',
    '--to',
    'ada@example.com',
    '--cc',
    'bob@example.com',
    '--html',
    '<p>Hi</p>',
  ]
  const { id } = await posthasteJson(
    [
      ...[
        'enqueue',
        ...args,
        ...['--header', 'X-Order: 1', '--priority', 'high'],
        ...['--delay', '5m', '--expires-in', '2h'],
      ],
      ...['--stream', 'default', '--tenant', 'acme', '--idempotency-key', 'order-1', '--replaces', replaced],
      ...['--on-conflict', 'refuse'],
      ...[
        '--tag',
        'a',
        '--tag',
        'b',
        '--metadata',
        '{"order":1}',
        '--retry',
        '{"first":"5s"}',
        '--on-unknown',
        'hold',
      ],
    ],
    options,
  )
  const found = await mail.get(id)
  expect(found).toMatchObject({
    priority: 'high',
    tenant: 'acme',
    idempotencyKey: 'order-1',
    tags: ['a', 'b'],
    metadata: { order: 1 },
    onUnknown: 'hold',
  })
  expect(found && found.dueAt.getTime() - found.createdAt.getTime()).toBe(300_000)
  expect(found?.expiresAt && found.expiresAt.getTime() - found.dueAt.getTime()).toBe(7_200_000)
  expect(await mail.get(replaced)).toMatchObject({ state: 'cancelled' })
})

test('an attachment is read by the command line itself', async () => {
  const file = `${folder.path}/bill.txt`
  await import('node:fs/promises').then(({ writeFile }) => writeFile(file, 'You owe nothing.'))
  const args = ['enqueue', '--from', 'shop@example.com', '--to', 'ada@example.com', '--attach', file]
  const { id } = await posthasteJson(args, options)
  await mail.deliverDue({ ids: [id] })
  const { attachments } = (await smtp.received.at(-1)?.parsed()) ?? { attachments: [] }
  expect(attachments).toMatchObject([{ filename: 'bill.txt' }])
  expect(Buffer.from(attachments[0]?.content as ArrayBuffer).toString()).toBe('You owe nothing.')
})
