import { until } from '../../packages/posthaste/test/support/wait.ts'
import type { Cell } from '../cell.ts'
import { adviceOf } from '../page.ts'
import type { Site } from '../site.ts'
import { type Backstage, backstage, expectMails, expectSame } from '../visit.ts'

const version = '1.7.25'
const ada = { email: 'ada@example.com', password: 'a word to remember' }
const checked = 'tsc --noEmit --strict --skipLibCheck --types node --target esnext --module nodenext'

export const cells: readonly Cell[] = [
  {
    name: `better-auth ${version}, on node:sqlite, a worker in its process`,
    short: true,
    packages: { 'better-auth': version, typescript: '6.0.3', '@types/node': '24.19.2' },
    async run(place) {
      await place.write('package.json', JSON.stringify({ private: true, type: 'module' }))
      const { files } = adviceOf('better-auth', 'The queue', 'The mails', 'The server')
      for (const [file, code] of Object.entries(files)) await place.write(file, code)
      await place.shell(`${checked} --allowImportingTsExtensions server.ts`)
      await using behind = await backstage(place.folder)
      await using site = await place.serve('node server.ts', { env: { ...behind.env, ...settings } })
      await signUp(site, behind)
      await chooseNewPassword(site, behind)
      await expectMails(behind, ['Is this your address?', 'Choose a new password'])
      await expectNoContent(behind)
      await site.stop()
      return 'typed; sent 2, though the second was asked for twice; none to an unknown address; their links work, and are not kept'
    },
  },
]

/** The site is at a port of its own, its mails name the one that it is told. */
const settings = {
  BETTER_AUTH_URL: 'http://shop.example',
  BETTER_AUTH_SECRET: 'a secret that is long enough for it',
}

async function signUp(site: Site, behind: Backstage): Promise<void> {
  expectSame(await post(site, '/sign-up/email', { ...ada, name: 'Ada' }), 200)
  expectSame(await post(site, '/sign-in/email', ada), 403)
  expectSame((await site.ask(await linkOf(behind, 1), { redirect: 'manual' })).status, 302)
  expectSame(await post(site, '/sign-in/email', ada), 200)
}

async function chooseNewPassword(site: Site, behind: Backstage): Promise<void> {
  await until(() => Date.now() % 60_000 < 50_000, { timeout: 15_000, what: 'a minute in which to ask twice' })
  for (const email of [ada.email, ada.email, 'eve@example.com'])
    expectSame(await post(site, '/request-password-reset', { email, redirectTo: '/new' }), 200)
  const token = /reset-password\/(\w+)/.exec(await linkOf(behind, 2))?.[1]
  expectSame(await post(site, '/reset-password', { token, newPassword: 'another word' }), 200)
  expectSame(await post(site, '/sign-in/email', ada), 401)
  expectSame(await post(site, '/sign-in/email', { ...ada, password: 'another word' }), 200)
}

async function post(site: Site, path: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json', origin: settings.BETTER_AUTH_URL }
  const answer = await site.ask(`/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return answer.status
}

/** Where the mail leads to that has arrived. */
async function linkOf({ smtp }: Backstage, mails: number): Promise<string> {
  const { text = '' } = (await (await smtp.mails(mails)).at(-1)?.parsed()) ?? {}
  return text.trim().replace(settings.BETTER_AUTH_URL, '')
}

async function expectNoContent({ queue }: Backstage): Promise<void> {
  for (const { id } of (await queue.find({ all: true })).items) {
    const refused = await queue.content(id, { sensitive: true }).catch((error) => error)
    expectSame(refused.code, 'PH_BODY_GONE')
  }
}
