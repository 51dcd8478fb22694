import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import {
  type CallOptions,
  callHere,
  freshFolder,
  posthaste,
  posthasteJson,
  startPosthaste,
} from './support/cli.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'
import { until } from './support/wait.ts'

const folders: { remove(): Promise<void> }[] = []
let smtp: SmtpServer
let options: CallOptions

beforeEach(async () => {
  const folder = await freshFolder()
  folders.push(folder)
  smtp = await startSmtp()
  options = {
    cwd: folder.path,
    env: { DATABASE_URL: `sqlite:${folder.path}/mail.db`, POSTHASTE_SMTP_URL: smtp.url },
  }
})

afterEach(() => smtp.close())
afterAll(() => Promise.all(folders.map((folder) => folder.remove())))

async function enqueue(to: string): Promise<string> {
  const args = ['enqueue', '--from', 'shop@example.com', '--to', to, '--subject', 'Hi', '--text', 'Hello']
  return (await posthasteJson(args, options)).id
}

/** Keeps the answer to the final dot back, until it is let go. */
function heldAtTheDot(): { reached: Promise<void>; letGo: () => void } {
  const reached = Promise.withResolvers<void>()
  const free = Promise.withResolvers<undefined>()
  smtp.options.reply = ({ step }) => {
    if (step !== 'dot') return undefined
    reached.resolve()
    return free.promise
  }
  return { reached: reached.promise, letGo: () => free.resolve(undefined) }
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'G10: %s during a delivery lets it finish, leaves nothing in doubt, and exits with 0',
  async (signal) => {
    const id = await enqueue('ada@example.com')
    const other = await enqueue('bob@example.com')
    const { reached, letGo } = heldAtTheDot()
    const worker = startPosthaste(['work', '--concurrency', '1'], options)
    await reached
    worker.child.kill(signal)
    await worker.says('a second signal leaves at once')
    letGo()
    const { code, stdout } = await worker.ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'stopped: sent 1, deferred 0, failed 0\n' })
    expect(await posthasteJson(['show', id], options)).toMatchObject({ state: 'sent', unknowns: 0 })
    expect(await posthasteJson(['show', other], options)).toMatchObject({ state: 'queued', attempts: 0 })
    expect((await posthasteJson(['status'], options)).workers).toEqual([])
  },
)

test('a second signal leaves at once, and the mail is flagged', async () => {
  const id = await enqueue('ada@example.com')
  const { reached } = heldAtTheDot()
  const worker = startPosthaste(['work'], options)
  await reached
  worker.child.kill('SIGTERM')
  await worker.says('a second signal leaves at once')
  const at = performance.now()
  worker.child.kill('SIGTERM')
  expect((await worker.ended).code).toBe(1)
  expect(performance.now() - at).toBeLessThan(10_000)
  expect(await posthasteJson(['show', id], options)).toMatchObject({ state: 'queued', unknowns: 1 })
})

test('a signal ends a pass after what is under way', async () => {
  const ids = [await enqueue('ada@example.com'), await enqueue('bob@example.com')]
  const { reached, letGo } = heldAtTheDot()
  const pass = startPosthaste(['work', '--once', '--concurrency', '1'], options)
  await reached
  pass.child.kill('SIGTERM')
  await pass.says('a second signal leaves at once')
  letGo()
  const { code, stdout } = await pass.ended
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('sent 1,') })
  const states: string[] = []
  for (const id of ids) states.push((await posthasteJson(['show', id], options)).state)
  expect(states.sort()).toEqual(['queued', 'sent'])
})

test('a pass keeps to --max and --max-deferred', async () => {
  for (const to of ['a', 'b', 'c']) await enqueue(`${to}@example.com`)
  expect(await posthasteJson(['work', '--once', '--max', '1'], options)).toMatchObject({ sent: 1 })
  smtp.options.reply = ({ step }) => (step === 'RCPT' ? '450 4.2.1 later' : undefined)
  const pass = ['work', '--once', '--concurrency', '1', '--max-deferred', '1']
  expect(await posthasteJson(pass, options)).toMatchObject({ sent: 0, deferred: 1 })
})

test('a pause survives restarts, says who and why, and is not unhealthy', async () => {
  const id = await enqueue('ada@example.com')
  await callHere(['pause', '--reason', 'wrong prices'], options)
  expect(await posthasteJson(['work', '--once'], options)).toMatchObject({ sent: 0 })
  const worker = startPosthaste(['work'], options)
  await until(async () => (await posthasteJson(['status'], options)).workers.length === 1)
  const { healthy, pauses } = await posthasteJson(['health'], options)
  expect({ healthy, pauses }).toMatchObject({
    healthy: true,
    pauses: [{ stream: null, reason: 'wrong prices', who: expect.any(String) }],
  })
  expect((await posthasteJson(['show', id], options)).attempts).toBe(0)
  expect(await posthasteJson(['resume'], options)).toEqual({ resumed: true, stream: null })
  await smtp.mails(1)
  worker.child.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
})

test('health exits with 1 while mail is due and nobody works, and says so', async () => {
  await enqueue('ada@example.com')
  const { code, stdout } = await callHere(['health'], options)
  expect(code).toBe(1)
  expect(stdout).toContain('no worker is alive: start one with `posthaste work`')
})

test('a transport that was paused is left alone until it is resumed', async () => {
  await enqueue('ada@example.com')
  const paused = await callHere(
    ['transports', 'pause', 'default', '--for', '1h', '--reason', 'maintenance'],
    options,
  )
  expect(paused.stdout).toMatch(/^default backs off until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\n$/)
  expect((await posthasteJson(['transports', 'list'], options)).items).toMatchObject([
    { name: 'default', state: 'backing-off', reason: 'maintenance', until: expect.stringMatching(/Z$/) },
  ])
  expect(await posthasteJson(['work', '--once'], options)).toMatchObject({ sent: 0 })
  expect(await posthasteJson(['transports', 'resume', 'default'], options)).toEqual({ resumed: 1 })
  expect(await posthasteJson(['work', '--once'], options)).toMatchObject({ sent: 1 })
})

test('work --http serves liveness, readiness, health and metrics on this machine, and stops with the worker', async () => {
  const worker = startPosthaste(['work', '--http', ':0'], options)
  const [, url = ''] = await worker.says(/serving (http:\/\/127\.0\.0\.1:\d+)\/live/)
  expect((await fetch(`${url}/live`)).status).toBe(200)
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  await enqueue('ada@example.com')
  await smtp.mails(1)
  await until(async () =>
    (await (await fetch(`${url}/metrics`)).text()).includes(
      'posthaste_worker_events_total{outcome="sent"} 1',
    ),
  )
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ healthy: true, problems: [] })
  worker.child.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
  await expect(fetch(`${url}/live`)).rejects.toThrow()
})

test('an address that is taken ends the worker with a message', async () => {
  const args = ['work', '--http', `127.0.0.1:${smtp.port}`]
  const { code, stderr } = await posthaste(args, options)
  expect(code).toBe(1)
  expect(stderr).toContain('EADDRINUSE')
})

test('what fails is told while it works; with --json as one object to a line', async () => {
  smtp.options.reply = ({ step }) => (step === 'RCPT' ? '550 5.1.1 no such user' : undefined)
  const id = await enqueue('ada@example.com')
  const worker = startPosthaste(['work', '--json'], options)
  const [line = ''] = await worker.says(/.*"event":"failed".*/)
  expect(JSON.parse(line)).toMatchObject({ event: 'failed', id, reason: 'rejected' })
  worker.child.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
})
