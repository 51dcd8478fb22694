import { cp, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cell, Place } from '../cell.ts'
import { adviceOf } from '../page.ts'
import type { Site } from '../site.ts'
import { backstage, expectMails, expectSame, holdMails, stopDuringMail } from '../visit.ts'

interface Kit {
  readonly version: string
  readonly adapter: string
  /** Where the generated options of the compiler are. */
  readonly tsconfig: string
  /** Whether Posthaste is among the `dependencies`, and stays in `node_modules`. */
  readonly isDependency: boolean
}

const latest = { version: '3.2.0', adapter: '6.0.2', tsconfig: '$app/tsconfig' }
const former = { version: '2.70.4', adapter: '5.5.7', tsconfig: './.svelte-kit/tsconfig.json' }

export const cells: readonly Cell[] = [
  { ...cell({ ...latest, isDependency: true }), short: true },
  cell({ ...latest, isDependency: false }),
  cell({ ...former, isDependency: true }),
]

function cell(kit: Kit): Cell {
  return {
    name: `sveltekit ${kit.version}, adapter-node, ${kit.isDependency ? 'from node_modules' : 'bundled, moved'}`,
    packages: {
      '@sveltejs/kit': kit.version,
      '@sveltejs/adapter-node': kit.adapter,
      '@sveltejs/vite-plugin-svelte': '7.3.1',
      svelte: '5.57.3',
      vite: '8.4.0',
      typescript: '6.0.3',
      '@types/node': '24.19.2',
    },
    async run(place) {
      await writeApp(place, kit)
      await using behind = await backstage(place.folder)
      await behind.queue.enqueue({ to: 'bob@example.com', subject: 'Before the build', text: 'Hello' })
      await place.shell('svelte-kit sync && vite build && tsc --noEmit -p .', behind.env)
      expectSame(behind.smtp.received.length, 0)
      const cwd = kit.isDependency ? place.folder : await movedFrom(place)
      const release = holdMails(behind)
      await using site = await place.serve('node build', { env: { ...behind.env, ORIGIN: origin }, cwd })
      expectSame(
        [await order(site, 'ada@example.com', 30), await order(site, 'eve@example.com', 3_000)],
        [200, 402],
      )
      await stopDuringMail(site, behind, release)
      await expectMails(behind, ['Before the build', 'Your order'])
      expectSame((await behind.queue.health()).workers, [])
      return 'typed; none sent while it was built; sent 2, though SIGTERM came meanwhile; none of the order rolled back'
    },
  }
}

async function writeApp(place: Place, { version, tsconfig, isDependency }: Kit): Promise<void> {
  const dependencies = isDependency ? { posthaste: place.version } : {}
  await place.write('package.json', JSON.stringify({ private: true, type: 'module', dependencies }))
  await place.write('tsconfig.json', JSON.stringify({ extends: tsconfig, include: ['src', '*'] }))
  const { files } = adviceOf('sveltekit', 'The queue', 'An order', 'A worker in its process', 'Build')
  for (const [file, code] of Object.entries({ ...files, ...around }))
    await place.write(file, version.startsWith('2.') ? asKit2(code) : code)
}

/** Its first page is made while it is built, so that `init` runs there. */
const around = {
  'src/app.html': '<!doctype html><head>%sveltekit.head%</head><body>%sveltekit.body%</body>',
  'src/routes/+page.svelte': '<h1>Shop</h1>',
  'src/routes/+page.ts': 'export const prerender = true',
  'src/routes/orders/+page.svelte':
    '<form method="POST"><input name="email"><input name="total"><button>Order</button></form>',
}

/** As the comment in the page says. */
function asKit2(code: string): string {
  return code.replace(/'\$app\/env' \/\/ Kit 2: ('.*')/, '$1')
}

async function movedFrom(place: Place): Promise<string> {
  const elsewhere = await mkdtemp(`${place.folder}-moved-`)
  await cp(join(place.folder, 'build'), join(elsewhere, 'build'), { recursive: true })
  await cp(join(place.folder, 'package.json'), join(elsewhere, 'package.json'))
  return elsewhere
}

/** It is at a port of its own, and takes forms only from where it believes to be. */
const origin = 'http://shop.example'

async function order(site: Site, email: string, total: number): Promise<number> {
  const body = new URLSearchParams({ email, total: String(total) })
  return (await site.ask('/orders', { method: 'POST', headers: { origin, accept: 'text/html' }, body }))
    .status
}
