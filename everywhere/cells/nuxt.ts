import { cp, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cell, Place } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { backstage, expectMails, expectSame, holdMails, order, stopDuringMail } from '../visit.ts'

const version = '4.5.2'

export const cells: readonly Cell[] = [
  {
    name: `nuxt ${version}, moved, a worker in its process`,
    short: true,
    packages: { nuxt: version },
    async run(place) {
      await writeApp(place)
      await using behind = await backstage(place.folder)
      await behind.queue.enqueue({ to: 'bob@example.com', subject: 'Before the build', text: 'Hello' })
      await place.shell('nuxt build', { ...behind.env, NUXT_TELEMETRY_DISABLED: '1' })
      expectSame(behind.smtp.received.length, 0)
      const elsewhere = await mkdtemp(`${place.folder}-moved-`)
      await cp(join(place.folder, '.output'), elsewhere, { recursive: true })
      const release = holdMails(behind)
      await using site = await place.serve('node server/index.mjs', { env: behind.env, cwd: elsewhere })
      await order(site)
      await stopDuringMail(site, behind, release)
      await expectMails(behind, ['Before the build', 'Your order'])
      expectSame((await behind.queue.health()).workers, [])
      return 'none sent while it was built; sent 2, though SIGTERM came meanwhile; none of the order rolled back'
    },
  },
]

/** Its page is made while it is built, so that Nitro's plugins run there. */
const nuxtConfig = `export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  routeRules: { '/': { prerender: true } },
})
`

async function writeApp(place: Place): Promise<void> {
  await place.write('package.json', JSON.stringify({ private: true, type: 'module' }))
  await place.write('nuxt.config.ts', nuxtConfig)
  await place.write('app/app.vue', '<template><h1>Shop</h1></template>')
  const { files } = adviceOf('nuxt', 'The queue', 'An order', 'A worker in its process')
  for (const [file, code] of Object.entries(files)) await place.write(file, code)
}
