import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createMailQueue, type MailQueue } from '../packages/posthaste/src/index.ts'
import { type SmtpServer, startSmtp } from '../packages/posthaste/test/support/smtp.ts'
import { until } from '../packages/posthaste/test/support/wait.ts'
import type { Site } from './site.ts'

/** What the apps of the guides are tried with: a mail server, and their queue as another process sees it. */
export interface Backstage extends AsyncDisposable {
  readonly smtp: SmtpServer
  readonly queue: MailQueue
  /** For the app. */
  readonly env: { readonly DATABASE_URL: string; readonly POSTHASTE_SMTP_URL: string }
}

/** @param DATABASE_URL the app's; else a file in its folder */
export async function backstage(
  folder: string,
  DATABASE_URL = pathToFileURL(join(folder, 'shop.db')).href,
): Promise<Backstage> {
  const smtp = await startSmtp()
  const queue = createMailQueue({ database: DATABASE_URL, defaults: { from: 'shop@example.com' } })
  return {
    smtp,
    queue,
    env: { DATABASE_URL, POSTHASTE_SMTP_URL: smtp.url },
    async [Symbol.asyncDispose]() {
      await queue.close()
      await smtp.close()
    },
  }
}

/** Orders twice: once within Ada's means, and once beyond Eve's, whose order is rolled back. */
export async function order(site: Site): Promise<void> {
  const answers = [await orderOf(site, 'ada@example.com', 30), await orderOf(site, 'eve@example.com', 3_000)]
  expectSame(
    answers.map(({ status }) => status),
    [201, 402],
  )
}

export function orderOf(site: Site, email: string, total: number): ReturnType<Site['ask']> {
  return site.ask('/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, total }),
  })
}

/** The mail server keeps its answers to bodies until they are released. */
export function holdMails({ smtp }: Backstage): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  smtp.options.reply = ({ step }) => (step === 'dot' ? promise : undefined)
  return () => resolve(undefined)
}

/** Stops the app while a mail has no answer yet. When the app takes no requests any more, the answer comes. */
export async function stopDuringMail(site: Site, { smtp }: Backstage, release: () => void): Promise<void> {
  await until(() => smtp.commands.includes('.'))
  const stopped = site.stop()
  await until(
    () =>
      site.ask('/').then(
        () => false,
        () => true,
      ),
    { what: 'no answer any more' },
  )
  release()
  await stopped
}

/** Waits until all these have arrived and are settled, and sees that there are no others. */
export async function expectMails({ smtp, queue }: Backstage, subjects: readonly string[]): Promise<void> {
  await smtp.mails(subjects.length, { timeout: 30_000 })
  for (const { id } of (await queue.find({ all: true })).items) await queue.settled(id, { timeout: '30s' })
  const received = await Promise.all(smtp.received.map(async (mail) => (await mail.parsed()).subject))
  expectSame(received.sort(), [...subjects].sort())
  expectSame(
    [await queue.count({ state: 'sent' }), await queue.count({ all: true })],
    [subjects.length, subjects.length],
  )
}

export function expectSame(given: unknown, wanted: unknown): void {
  const [is, should] = [JSON.stringify(given), JSON.stringify(wanted)]
  if (is !== should) throw new Error(`${is}, and not ${should}`)
}
