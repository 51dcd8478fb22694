import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApp } from './support/app-database.ts'
import { type CallOptions, callHere, posthaste, posthasteJson } from './support/cli.ts'
import { describeEachDatabase } from './support/databases.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'

describeEachDatabase('the command line', (kind, fresh) => {
  let smtp: SmtpServer
  let options: CallOptions
  let url: string

  beforeAll(async () => {
    smtp = await startSmtp()
    url = (await fresh()).url
    options = { env: { POSTHASTE_DATABASE_URL: url, POSTHASTE_SMTP_URL: smtp.url } }
  })

  afterAll(() => smtp.close())

  test.skipIf(kind === 'sqlite')('says that the tables are missing, and how to make them', async () => {
    const { code, stderr } = await posthaste(['work'], options)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /Run `posthaste migrate` \(or start the worker with --migrate\).*\[PH_NOT_MIGRATED\]/,
    )
  })

  test('prints SQL that makes the tables', async () => {
    const other = await fresh()
    const env = { DATABASE_URL: other.url }
    const { code, stdout } = await callHere(['migrate', '--print'], { env })
    expect(code).toBe(0)
    const app = await openApp(kind, other.url)
    for (const statement of stdout.split(/;\n/).filter((sql) => sql.trim())) await app.run(statement)
    await app.close()
    expect(await posthasteJson(['migrate'], { env })).toEqual({ applied: [] })
  })

  test('makes the tables once', async () => {
    const { applied } = await posthasteJson(['migrate'], options)
    expect(applied[0]).toBe('0001-initial')
    expect(await callHere(['migrate'], options)).toMatchObject({
      code: 0,
      stdout: 'nothing to do: the tables are up to date\n',
    })
  })

  test('queues a mail, delivers it in one pass, and shows its history', async () => {
    const args = ['--from', 'shop@example.com', '--to', 'ada@example.com', '--subject', 'Your order']
    const queued = await posthasteJson(
      ['enqueue', ...args, '--text', 'On its way.', '--tag', 'order'],
      options,
    )
    expect(queued).toMatchObject({ status: 'queued', suppressed: [] })

    const { stdout } = await posthaste(['work', '--once', '--json'], options)
    expect(JSON.parse(stdout)).toEqual({ sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 })
    expect(smtp.received).toMatchObject([{ from: 'shop@example.com', to: ['ada@example.com'] }])

    const { items, next } = await posthasteJson(['list', '--tag', 'order'], options)
    expect(next).toBeNull()
    expect(items).toMatchObject([{ id: queued.id, state: 'sent', subject: 'Your order', attempts: 1 }])
    const shown = await posthasteJson(['show', queued.id], options)
    expect(shown.history).toMatchObject([
      { attempt: 1, outcome: 'accepted', code: 250, transport: 'default' },
    ])
    expect(shown.body).toBeUndefined()
  })

  test('steers mail: hold, release, cancel, purge', async () => {
    const args = [
      '--from',
      'shop@example.com',
      '--to',
      'bob@example.com',
      '--text',
      'Hello',
      '--tag',
      'steered',
    ]
    await callHere(['enqueue', ...args], options)
    const act = (verb: string) => posthasteJson([verb, '--tag', 'steered', '--yes'], options)
    expect(await act('hold')).toEqual({ action: 'hold', changed: 1 })
    expect(await posthasteJson(['work', '--once'], options)).toMatchObject({ sent: 0 })
    expect(await act('release')).toEqual({ action: 'release', changed: 1 })
    expect(await act('cancel')).toEqual({ action: 'cancel', changed: 1 })
    const { states } = await posthasteJson(['status'], options)
    expect(states).toMatchObject({ queued: 0, cancelled: 1, sent: 1 })
    expect(await posthasteJson(['purge', '--older-than', '0s', '--state', 'all', '--yes'], options)).toEqual({
      deleted: 2,
    })
  })

  test('finds nothing wrong', async () => {
    const { healthy, findings } = await posthasteJson(['doctor', '--send-test', 'ops@example.com'], options)
    expect(findings.filter(({ level }: { level: string }) => level !== 'ok')).toEqual([])
    expect(healthy).toBe(true)
    expect(smtp.received.at(-1)?.to).toEqual(['ops@example.com'])
  })
})
