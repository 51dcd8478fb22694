import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../packages/posthaste/test/support/wait.ts'
import type { Place } from './cell.ts'
import { settings, submitOrder } from './next-app.ts'
import type { Site } from './site.ts'
import { type Backstage, expectSame, orderOf } from './visit.ts'

interface Development {
  /** What ends the server. */
  readonly signal: 'SIGTERM' | 'SIGINT'
  readonly env?: Readonly<Record<string, string>>
  /** The queue stays as it was before the first edit. */
  readonly isKept?: boolean
  /** Tells what it saw while the server runs. */
  readonly atEnd?: () => Promise<string>
}

const edits = 5

/** Runs the app in `next dev`, which has a worker, edits it several times, and orders each time by the code of before and of after. */
export async function develop(place: Place, behind: Backstage, options: Development): Promise<string> {
  const env = { ...behind.env, ...options.env, ...settings }
  await using site = await place.serve('next dev', { env })
  const customers: string[] = []
  for (let n = 0; n <= edits; n++) {
    if (n > 0) await edit(place, n)
    await until(async () => (await ordered(site, customers)) === (n || true), {
      timeout: 60_000,
      what: `the answer of edit ${n}\n${site.said()}`,
    })
    await ordered(site, customers)
    expectSame(await written(behind, customers), [options.isKept ? 0 : n, n])
    expectSame((await orderOf(site, 'eve@example.com', 3_000)).status, 402)
  }
  customers.push('form@example.com')
  expectSame(await submitOrder(site, 'form@example.com', 30), 200)
  await expectOnce(behind, customers)
  await until(async () => (await behind.queue.health()).workers.length === 1, { timeout: 30_000 })
  const seen = [`${edits} edits, ${customers.length} mails once each, 1 worker`, await options.atEnd?.()]
  expectSame(site.said().match(/.*(?:unhandled|⨯|⚠|warning|error).*/gi) ?? [], [])
  await site.stop(options.signal)
  return [...seen, `ended by ${options.signal}`].filter(Boolean).join(', ')
}

/** The route is written last: when it answers anew, all is new. */
async function edit(place: Place, n: number): Promise<void> {
  const changes = [
    ['posthaste.config.ts', /Shop.*? </, `Shop ${n} <`],
    ['lib/orders.ts', /'Your order.*?'/, `'Your order ${n}'`],
    ['app/orders/route.ts', /ordered: \w+/, `ordered: ${n}`],
  ] as const
  for (const [file, before, after] of changes) {
    const code = await readFile(join(place.folder, file), 'utf8')
    await place.write(file, code.replace(before, after))
  }
}

/** What the route says to the order of another customer. */
async function ordered(site: Site, customers: string[]): Promise<unknown> {
  const email = `${customers.length}@example.com`
  customers.push(email)
  const { status, body } = await orderOf(site, email, 30)
  expectSame(status, 201)
  return JSON.parse(body).ordered
}

/** The edits in which sender and subject of the last customer's mail were written. */
async function written({ smtp }: Backstage, customers: readonly string[]): Promise<number[]> {
  const to = customers.at(-1) ?? ''
  const find = () => smtp.received.find((one) => one.to.includes(to))
  const mail = await until(find, { timeout: 30_000, what: `the mail to ${to}` })
  const { from, subject } = (await mail?.parsed()) ?? {}
  return [from?.name, subject].map((text) => Number(/\d+$/.exec(text ?? '') ?? 0))
}

async function expectOnce({ smtp, queue }: Backstage, customers: readonly string[]): Promise<void> {
  await smtp.mails(customers.length, { timeout: 30_000 })
  await until(async () => (await queue.count({ state: 'sent' })) === customers.length, { timeout: 30_000 })
  expectSame(smtp.received.flatMap(({ to }) => to).sort(), [...customers].sort())
  expectSame(await queue.count({ all: true }), customers.length)
}
