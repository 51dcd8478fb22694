import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { catalogue } from '../../src/errors.ts'
import { callHere, freshFolder, startPosthaste } from '../support/cli.ts'
import { letter } from '../support/line.ts'
import { type SqliteLine, sqliteLine } from '../support/sqlite-line.ts'

async function call({ url, smtp }: SqliteLine, ...args: string[]) {
  return callHere(args, { env: { POSTHASTE_DATABASE_URL: url, POSTHASTE_SMTP_URL: smtp.url } })
}

test('send_mail (command): work --once makes one pass, says what it did, and --cron is a wrong call, not a warning', async () => {
  await using line = await sqliteLine()
  await line.mail.enqueue(letter('ada@example.com'))
  expect(await call(line, 'work', '--once')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('sent 1'),
  })
  for (const command of [
    ['work', '--once'],
    ['retry', '--all', '--yes'],
  ])
    expect(await call(line, ...command, '--cron', '1')).toMatchObject({ code: 2 })
  expect(line.smtp.received).toHaveLength(1)
})

test('runmailer, runmailer_pg, SIGINT, --debug: work runs until a signal, --verbose names each mail', async () => {
  await using line = await sqliteLine()
  const env = { POSTHASTE_DATABASE_URL: line.url, POSTHASTE_SMTP_URL: line.smtp.url }
  const worker = startPosthaste(['work', '--verbose'], { env })
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  await worker.says(`sent ${id}`)
  worker.child.kill('SIGINT')
  expect((await worker.ended).code).toBe(0)
})

test('Summary record {sent, deferred, duration}: a pass gives its counts, as JSON too', async () => {
  await using line = await sqliteLine()
  await line.mail.enqueue(letter('ada@example.com'))
  const { stdout } = await call(line, 'work', '--once', '--json')
  expect(JSON.parse(stdout)).toEqual({ sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 })
})

test('Migrations 0001 to 0007: migrate makes the tables, and --print the SQL for a tool of your own', async () => {
  await using line = await sqliteLine()
  expect((await call(line, 'migrate')).code).toBe(0)
  expect((await call(line, 'migrate', '--print')).stdout).toContain('posthaste_delivery')
})

test('Locales ja and ru: messages are English, and each error has a code to translate by', async () => {
  await using line = await sqliteLine()
  await expect(line.mail.enqueue({ to: 'nobody' })).rejects.toMatchObject({
    code: expect.stringMatching(/^PH_/),
  })
  expect(Object.keys(catalogue).every((code) => code.startsWith('PH_'))).toBe(true)
})

test('Moving the DontSendEntry table: suppress import reads a file of addresses', async () => {
  await using line = await sqliteLine()
  const folder = await freshFolder()
  const file = join(folder.path, 'dont-send.txt')
  await writeFile(file, 'a@example.com\nB@Example.com\n')
  expect((await call(line, 'suppress', 'import', file)).stdout).toContain('2 read, 2 added')
  expect(await line.mail.suppressions.check('b@example.com')).toHaveLength(1)
  await folder.remove()
})

describe('the admin', () => {
  let line: SqliteLine

  beforeEach(async () => {
    const opened = await sqliteLine()
    line = opened
    return () => opened[Symbol.asyncDispose]()
  })

  test('Message list, date_hierarchy: list shows id, recipients, subject, state and attempts, newest first, by time and by page', async () => {
    await line.mail.enqueue(letter('ada@example.com'))
    await line.mail.enqueue(letter('bob@example.com', { subject: 'Second' }))
    const { stdout } = await call(line, 'list', '--since', '1h', '--limit', '1', '--json')
    const { items, next } = JSON.parse(stdout)
    expect(items).toMatchObject([{ subject: 'Second', state: 'queued', priority: 'normal', attempts: 0 }])
    expect(next).toEqual(expect.any(String))
  })

  test('Plain-text body, read-only: show --body shows the message, never of sensitive mail', async () => {
    const { id } = await line.mail.enqueue(letter('ada@example.com', { text: 'It is on its way.' }))
    const { id: secret } = await line.mail.enqueue(letter('ada@example.com', { text: 'A code' }), {
      sensitive: true,
    })
    expect((await call(line, 'show', id, '--body')).stdout).toContain('It is on its way.')
    expect((await call(line, 'show', secret, '--body')).stdout).not.toContain('A code')
  })

  test('Action "send messages": retry by id makes it due, and work --once sends it', async () => {
    const { id } = await line.mail.enqueue(letter('ada@example.com'), { delay: '1d' })
    expect((await call(line, 'retry', id)).stdout).toContain('1 due now')
    expect(JSON.parse((await call(line, 'work', '--once', '--json')).stdout)).toMatchObject({ sent: 1 })
  })

  test('MessageLog list, result filter, search by Message-ID: list --state and --message-id, show gives every attempt', async () => {
    const { id, messageId } = await line.mail.enqueue(letter('ada@example.com'))
    await line.mail.deliverDue()
    for (const filter of [
      ['--state', 'sent'],
      ['--message-id', messageId],
    ])
      expect(JSON.parse((await call(line, 'list', ...filter, '--json')).stdout).items).toMatchObject([{ id }])
    const shown = JSON.parse((await call(line, 'show', id, '--json')).stdout)
    expect(shown.history).toMatchObject([{ attempt: 1, outcome: 'accepted', code: 250 }])
  })

  test('No resend: resend sends a finished mail again, as a new mail', async () => {
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    await line.mail.deliverDue()
    expect((await call(line, 'resend', id)).code).toBe(0)
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
    expect(line.smtp.received).toHaveLength(2)
  })

  test('DontSendEntry list: suppress add, list and remove', async () => {
    expect((await call(line, 'suppress', 'add', 'ada@example.com', '--reason', 'bounced')).code).toBe(0)
    expect((await call(line, 'suppress', 'list')).stdout).toMatch(/ada@example\.com.*bounced/)
    expect((await call(line, 'suppress', 'remove', 'ada@example.com')).code).toBe(0)
    expect(await line.mail.suppressions.check('ada@example.com')).toEqual([])
  })
})
