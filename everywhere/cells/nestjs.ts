import type { Cell, Place } from '../cell.ts'
import { type Advice, adviceOf } from '../page.ts'
import { backstage, expectMails, expectSame, holdMails, order, stopDuringMail } from '../visit.ts'

const packages = {
  '@nestjs/common': '12.5.1',
  '@nestjs/core': '12.5.1',
  '@nestjs/platform-express': '12.5.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  typescript: '6.0.3',
  '@types/node': '24.19.2',
}

export const cells: readonly Cell[] = [cell('module'), { ...cell('commonjs'), short: true }, mailerModule()]

function cell(type: 'module' | 'commonjs'): Cell {
  return {
    name: `nest 12.5.1, ${type}`,
    packages,
    async run(place) {
      await writeApp(place, type)
      await place.shell('tsc')
      await using behind = await backstage(place.folder)
      const release = holdMails(behind)
      await using site = await place.serve('node dist/main.js', { env: behind.env })
      await order(site)
      await stopDuringMail(site, behind, release)
      await expectMails(behind, ['Your order'])
      expectSame((await behind.queue.health()).workers, [])
      return 'typed; sent 1, though SIGTERM came meanwhile; none of the order rolled back'
    },
  }
}

function mailerModule(): Cell {
  return {
    name: 'nest 12.5.1, @nestjs-modules/mailer 2.3.7',
    short: true,
    packages: { ...packages, '@nestjs-modules/mailer': '2.3.7', nodemailer: '10.6.0' },
    async run(place) {
      await writeFiles(place, 'module', adviceOf('nestjs', 'The queue', 'MailerModule').files)
      await place.write('src/main.ts', mailer)
      await place.shell('tsc --skipLibCheck')
      await using behind = await backstage(place.folder)
      await place.shell('node dist/main.js && posthaste work --once', behind.env)
      await expectMails(behind, ['Committed'])
      return 'typed; sent 1 of MailerService, none of the transaction rolled back'
    },
  }
}

const mailer = `import 'reflect-metadata'
import { DatabaseSync } from 'node:sqlite'
import { NestFactory } from '@nestjs/core'
import { MailerService } from '@nestjs-modules/mailer'
import { QueuedMailerModule } from './mailer.module.js'
import { mail } from './posthaste.config.js'

const app = await NestFactory.createApplicationContext(QueuedMailerModule)
const send = (subject: string) => app.get(MailerService).sendMail({ to: 'ada@example.com', subject, text: 'Hello' })
const db = new DatabaseSync(new URL(process.env.DATABASE_URL ?? ''), { timeout: 5_000 })
await mail.migrate()
for (const [subject, end] of [['Committed', 'commit'], ['Rolled back', 'rollback']] as const) {
  db.exec('begin immediate')
  await mail.within(db, () => send(subject))
  db.exec(end)
}
await app.close()
await mail.close()
`

async function writeApp(place: Place, type: string): Promise<void> {
  await writeFiles(place, type, adviceOf('nestjs', 'The queue', 'An order', 'The app').files)
}

async function writeFiles(place: Place, type: string, files: Advice['files']): Promise<void> {
  await place.write('package.json', JSON.stringify({ private: true, type }))
  await place.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }))
  for (const [file, code] of Object.entries(files)) await place.write(file, code)
}

/** What `nest new` writes, and strict. */
const compilerOptions = {
  module: 'nodenext',
  target: 'es2023',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  rootDir: 'src',
  outDir: 'dist',
  types: ['node'],
}
