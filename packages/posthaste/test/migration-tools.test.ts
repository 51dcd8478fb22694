import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { callHere, posthasteJson } from './support/cli.ts'
import { describeEachDatabase, type EngineName, engineOf } from './support/databases.ts'
import { codeBlocks, folderName, folderOf } from './support/guide-code.ts'
import { migrators } from './support/migrators.ts'
import { isInstalled } from './support/page-shell.ts'

const page = 'docs/guide/migrations.md'

describeEachDatabase('the SQL that `posthaste migrate --print` gives', (kind, fresh) => {
  let code: Awaited<ReturnType<typeof folderOf>>
  let folder: string

  beforeAll(async () => {
    code = await folderOf(await codeBlocks(page))
    folder = join(code.path, folderName(page))
  })

  afterAll(() => code.drop())

  async function printed(): Promise<string> {
    const { url } = await fresh()
    const { stdout } = await callHere(['migrate', '--print'], { env: { DATABASE_URL: url } })
    await writeFile(join(folder, 'posthaste.sql'), stdout)
    return url
  }

  test.each(migrators)(
    'makes the tables in a migration of $name, as the guide has it',
    async ({ migrate }) => {
      const url = await printed()
      await migrate(engineOf(kind), url, folder)
      await expectTables(url)
    },
  )

  const { program, args } = clients[engineOf(kind)]
  test.skipIf(!isInstalled(program))(`makes the tables when ${program} reads it`, async () => {
    const url = await printed()
    const command = [program, ...args(url), `< ${join(folder, 'posthaste.sql')}`].join(' ')
    await promisify(execFile)('sh', ['-c', command])
    await expectTables(url)
  })
})

async function expectTables(url: string): Promise<void> {
  const env = { DATABASE_URL: url, POSTHASTE_SMTP_URL: 'smtp://127.0.0.1:1' }
  const { findings } = await posthasteJson(['doctor'], { env })
  expect(findings).toContainEqual(
    expect.objectContaining({ check: 'tables', level: 'ok', message: expect.stringContaining('version') }),
  )
  await using mail = createMailQueue({ database: url, delivery: 'capture' })
  await mail.enqueue({ from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' })
  expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
}

const clients: Record<EngineName, { program: string; args(url: string): string[] }> = {
  sqlite: { program: 'sqlite3', args: (url) => ['-bail', url.slice('sqlite:'.length)] },
  postgres: { program: 'psql', args: (url) => ['-q --single-transaction -v ON_ERROR_STOP=1', url] },
  mysql: {
    program: 'mariadb',
    args(url) {
      const { hostname, port, username, password, pathname } = new URL(url)
      const account = ['-u', username, ...(password ? [`-p${decodeURIComponent(password)}`] : [])]
      const place = ['-h', hostname, ...(port ? ['-P', port] : []), pathname.slice(1)]
      return ['--no-defaults', '--skip-ssl', ...account, ...place]
    },
  },
}
