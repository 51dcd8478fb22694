import type { Cell, Place } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { backstage, expectMails, expectSame, holdMails, order, stopDuringMail } from '../visit.ts'

const checked = 'tsc --noEmit --strict --skipLibCheck --types node --target esnext --module nodenext'

export const cells: readonly Cell[] = [
  {
    name: 'adonisjs 7.5.2, mail 10.4.0, lucid 22.4.2, a worker in its process',
    short: true,
    packages: {
      '@adonisjs/core': '7.5.2',
      '@adonisjs/mail': '10.4.0',
      '@adonisjs/lucid': '22.4.2',
      'better-sqlite3': '13.2.0',
      luxon: '3.7.2',
      nodemailer: '9.1.1',
      typescript: '6.0.3',
      '@types/node': '24.19.2',
    },
    async run(place) {
      await writeApp(place)
      await place.shell(
        `${checked} --allowImportingTsExtensions bin/server.ts config/*.ts start/*.ts providers/*.ts`,
      )
      await using behind = await backstage(place.folder)
      const release = holdMails(behind)
      await using site = await place.serve('node --experimental-transform-types bin/server.ts', {
        env: { ...behind.env, HOST: '127.0.0.1', NODE_ENV: 'production' },
      })
      await order(site)
      await stopDuringMail(site, behind, release)
      await expectMails(behind, ['Your order'])
      expectSame((await behind.queue.health()).workers, [])
      return 'typed; sent 1, though SIGTERM came meanwhile; none of the order rolled back'
    },
  },
]

async function writeApp(place: Place): Promise<void> {
  await place.write('package.json', JSON.stringify({ private: true, type: 'module' }))
  const { files } = adviceOf('adonisjs', 'The queue', 'The transport', 'An order', 'A worker in its process')
  for (const [file, code] of Object.entries({ ...around, ...files })) await place.write(file, code)
}

/** The rest of an app. `adonisrc` is JavaScript, as in a build, so that no tool of AdonisJS is wanted to run it. */
const around = {
  'adonisrc.js': `export default {
  providers: [
    () => import('@adonisjs/core/providers/app_provider'),
    () => import('@adonisjs/lucid/database_provider'),
    () => import('@adonisjs/mail/mail_provider'),
    () => import('./providers/queue_provider.ts'),
  ],
  preloads: [() => import('./start/routes.ts'), () => import('./start/kernel.ts')],
}
`,
  'bin/server.ts': `import { Ignitor } from '@adonisjs/core'

await new Ignitor(new URL('../', import.meta.url), { importer: (file) => import(file) })
  .tap((app) => {
    app.listen('SIGTERM', () => app.terminate())
  })
  .httpServer()
  .start()
`,
  'start/kernel.ts': `import router from '@adonisjs/core/services/router'
import db from '@adonisjs/lucid/services/db'

await db.rawQuery('create table if not exists app_order (email text not null, total integer not null)')
router.use([() => import('@adonisjs/core/bodyparser_middleware')])
`,
  'config/app.ts': `import { defineConfig } from '@adonisjs/core/http'

export const appKey = 'a secret that is long enough for it'
export const http = defineConfig({})
`,
  'config/bodyparser.ts': `import { defineConfig } from '@adonisjs/core/bodyparser'

export default defineConfig({})
`,
  'config/encryption.ts': `import { defineConfig, drivers } from '@adonisjs/core/encryption'
import { appKey } from './app.ts'

export default defineConfig({ default: 'aes', list: { aes: drivers.aes256gcm({ id: 'shop', keys: [appKey] }) } })
`,
  'config/logger.ts': `import { defineConfig } from '@adonisjs/core/logger'

export default defineConfig({ default: 'app', loggers: { app: { enabled: true, name: 'shop' } } })
`,
  'config/database.ts': `import { fileURLToPath } from 'node:url'
import { defineConfig } from '@adonisjs/lucid'

const filename = fileURLToPath(process.env.DATABASE_URL ?? '')
export default defineConfig({
  connection: 'sqlite',
  connections: { sqlite: { client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true } },
})
`,
}
