import { freePort } from '../packages/posthaste/test/support/databases/server.ts'
import { startSmtp } from '../packages/posthaste/test/support/smtp.ts'
import { until } from '../packages/posthaste/test/support/wait.ts'
import type { Place } from './cell.ts'
import type { Running } from './running.ts'

interface Given {
  /** Does what init says in words. */
  readonly byHand?: (what: string) => Promise<void>
  /** What its steps say to export. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * Calls `posthaste init` and does what it prints as next, to the letter, but with a mail server, a port and a database of its own. Gives
 * the milliseconds from its call to the first mail at that server.
 */
export async function firstMail(
  place: Place,
  { byHand = refuse, settings = {} }: Given = {},
): Promise<number> {
  const smtp = await startSmtp()
  const running: Running[] = []
  const env = { ...settings, POSTHASTE_SMTP_URL: smtp.url, PORT: String(await freePort()) }
  try {
    const began = performance.now()
    for (const step of stepsIn(await place.shell('npx posthaste init', env))) {
      if (step.startsWith('export ')) continue
      if (/^npm (?:run \w+|start)$/.test(step)) running.push(place.start(step, env))
      else if (step.startsWith('curl ')) await post(step, env.PORT, running)
      else if (/^(?:node|printf) /.test(step)) await place.shell(step, env)
      else await byHand(step)
      if (running.length === 1) await Promise.all(running.map(workerWorks))
    }
    const [mail] = await smtp.mails(1, { timeout: 60_000 })
    const took = performance.now() - began
    const subject = (await mail?.parsed())?.subject
    if (subject !== 'First mail') throw new Error(`a mail came that says ${subject}`)
    return took
  } catch (error) {
    throw new Error(`${error}\n${running.map((one) => one.said()).join('\n')}`, { cause: error })
  } finally {
    await Promise.all(running.map((one) => one[Symbol.asyncDispose]()))
    await smtp.close()
  }
}

async function refuse(step: string): Promise<never> {
  throw new Error(`init wants something done by hand: ${step}`)
}

/** The worker says so when it has made its tables. */
async function workerWorks(worker: Running): Promise<void> {
  await until(() => worker.isEnded() || worker.said().includes('working on'), {
    timeout: 60_000,
    what: 'the worker works',
  })
}

/** The lines below *Next:*, without what they say of themselves. */
function stepsIn(said: string): string[] {
  const [, next = ''] = said.split('\nNext:\n')
  const steps = [...next.matchAll(/^ {2}\d+\. (.*?)(?: {3}# .*)?$/gm)].map(([, step = '']) => step)
  if (steps.length === 0) throw new Error(`init said nothing to do next:\n${said}`)
  return steps
}

/** What curl would do, once the app answers. */
async function post(curl: string, port: string, running: readonly Running[]): Promise<void> {
  const [, url = ''] = /^curl -X POST (http:\S+)$/.exec(curl) ?? []
  const at = new URL(url)
  at.port = port
  const ended = () => running.length !== 2 || running.some((one) => one.isEnded())
  const response = await until(() => (ended() ? undefined : fetch(at, { method: 'POST' })), {
    timeout: 90_000,
    what: 'the app answers, and worker and app run',
  })
  if (response === undefined) throw new Error('worker and app do not run')
  if (!response.ok) throw new Error(`${curl}: ${response.status} ${await response.text()}`)
}
