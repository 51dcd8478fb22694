import { cp, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cell, Place } from '../cell.ts'
import { packages, settings, submitOrder, writeApp } from '../next-app.ts'
import { adviceOf } from '../page.ts'
import { type Backstage, backstage, expectMails, expectSame, order } from '../visit.ts'

interface Build {
  readonly bundler: 'Turbopack' | 'webpack'
  /** What is kept of the page's `next.config.ts`. */
  readonly config?: readonly ('output' | 'serverExternalPackages')[]
  readonly checkRest?: (place: Place) => Promise<void>
}

const secret = 'a secret'
const environment = { CRON_SECRET: secret, ...settings }

export const cells: readonly Cell[] = [
  { ...cell({ bundler: 'Turbopack', checkRest }), short: true },
  cell({ bundler: 'Turbopack', config: ['output'] }),
  cell({ bundler: 'Turbopack', config: ['output', 'serverExternalPackages'] }),
  cell({ bundler: 'webpack', config: ['serverExternalPackages'] }),
  cell({ bundler: 'webpack', config: ['output'] }),
  { name: `next ${packages.next}, a worker in its process`, packages, run: workInside },
]

function cell({ bundler, config = [], checkRest }: Build): Cell {
  return {
    name: [`next ${packages.next}`, bundler, ...config].join(', '),
    packages,
    async run(place) {
      await writeApp(place, 'The queue', 'An order', 'A server action', 'A cron route')
      if (config.length > 0) await place.write('next.config.ts', configOf(config))
      await using behind = await backstage(place.folder)
      await buildBesideMail(place, behind, bundler)
      await using site = await place.serve(...(await started(place, behind, config)))
      expectSame((await site.ask('/api/cron/mail')).status, 401)
      expectSame(JSON.parse((await site.ask('/api/cron/mail', authorized)).body).sent, 1)
      await order(site)
      expectSame(await submitOrder(site, 'bob@example.com', 30), 200)
      expectSame(await submitOrder(site, 'eve@example.com', 3_000), 500)
      await expectMails(behind, ['Before the build', 'Your order', 'Your order'])
      expectSame(
        JSON.parse((await site.ask('/api/cron/mail', { ...authorized, method: 'POST' })).body).sent,
        0,
      )
      await site.stop()
      await checkRest?.(place)
      return 'none sent while it was built; by the cron route 1, after() a route 1, after() an action 1, none of the orders rolled back'
    },
  }
}

/** What the other cells build and run is typed at least. */
async function checkRest(place: Place): Promise<void> {
  await writeApp(place, 'A server that stays', 'Build')
  await place.shell('tsc --noEmit')
}

const authorized = { headers: { authorization: `Bearer ${secret}` } }

/** Next asks a static route while it builds. */
const staticCron = `export const dynamic = 'force-static'
export { GET } from '../cron/mail/route'
`

/** A mail is due all the time, and the mail server is there. */
async function buildBesideMail(
  place: Place,
  { queue, smtp, env }: Backstage,
  bundler: Build['bundler'],
): Promise<void> {
  await place.write('app/api/static/route.ts', staticCron)
  await queue.enqueue({ to: 'bob@example.com', subject: 'Before the build', text: 'Hello' })
  await place.shell(bundler === 'webpack' ? 'next build --webpack' : 'next build', { ...env, ...environment })
  expectSame(smtp.received.length, 0)
}

async function started(
  place: Place,
  { env }: Backstage,
  config: NonNullable<Build['config']>,
): Promise<Parameters<Place['serve']>> {
  if (!config.includes('output')) return ['next start', { env: { ...env, ...environment } }]
  const elsewhere = await mkdtemp(`${place.folder}-moved-`)
  await cp(join(place.folder, '.next/standalone'), elsewhere, { recursive: true })
  return ['node server.js', { env: { ...env, ...environment }, cwd: elsewhere }]
}

async function workInside(place: Place): Promise<string> {
  await writeApp(place, 'The queue', 'An order', 'A server that stays')
  const [command = ''] = adviceOf('nextjs', 'A server that stays').commands
  await using behind = await backstage(place.folder)
  const env = { ...behind.env, ...environment }
  await place.shell('next build', env)
  await using site = await place.serve(command.replace('npx ', ''), { env })
  await behind.queue.enqueue({ to: 'bob@example.com', subject: 'From elsewhere', text: 'Hello' })
  await order(site)
  await expectMails(behind, ['From elsewhere', 'Your order'])
  await site.stop()
  expectSame((await behind.queue.health()).workers, [])
  return 'sent 2, none of the order rolled back; SIGTERM ended the worker, then the process'
}

function configOf(kept: NonNullable<Build['config']>): string {
  const dropped = (['output', 'serverExternalPackages'] as const).filter((option) => !kept.includes(option))
  const lines = (adviceOf('nextjs', 'Build').files['next.config.ts'] ?? '').split('\n')
  return lines.filter((line) => !dropped.some((option) => line.trim().startsWith(`${option}:`))).join('\n')
}
