import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { openApp } from './support/app-database.ts'
import { describeDatabase } from './support/databases.ts'
import {
  allPages,
  codeBlocks,
  fencedBlocks,
  folderName,
  folderOf,
  onSources,
  typedPages,
} from './support/guide-code.ts'
import { bin, workspace } from './support/packed-app.ts'
import { isInstalled, replaced, runShell } from './support/page-shell.ts'
import { startSmtp } from './support/smtp.ts'

const run = promisify(execFile)
const pages = typedPages()
let folder: Awaited<ReturnType<typeof folderOf>>

beforeAll(async () => {
  folder = await folderOf((await Promise.all(pages.map(codeBlocks))).flat())
})

afterAll(() => folder.drop())

test('all code of the documentation type-checks as it stands', { timeout: 120_000 }, async () => {
  expect(pages.length).toBeGreaterThan(10)
  const { stdout } = await run(bin('tsc'), ['-p', folder.path]).catch((error) => error)
  expect(stdout).toBe('')
})

test('the SQLite example of the guide prints what the guide says', async () => {
  const { stdout } = await runBlock('docs/guide/getting-started.md', 'shop.ts')
  expect(stdout).toBe('{ sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 }\nsent\n')
  expect(await readFile(join(workspace, 'docs/guide/getting-started.md'), 'utf8')).toContain(
    stdout.split('\n')[0],
  )
})

test('a worker takes every transport of the page of providers', async () => {
  const page = 'docs/guide/providers.md'
  await writeFile(
    join(folder.path, folderName(page), 'worker.ts'),
    `import { mail } from './posthaste.config.ts'
    await mail.worker().start()
    console.log((await mail.transports.list()).map(({ name }) => name).join(' '))
    await mail.close()`,
  )
  const { stdout } = await runBlock(page, 'worker.ts', { DATABASE_URL: 'sqlite:mail.db' })
  expect(stdout).toBe('ses postmark resend gmail mailtrap sandbox\n')
})

describeDatabase('postgres', 'on PostgreSQL', (_kind, fresh) => {
  test('the commands of the README make the tables, queue a mail beside its order, and deliver it', async () => {
    const { url } = await fresh()
    const smtp = await startSmtp()
    onTestFinished(() => smtp.close())
    const commands = replaced(shellOf('README.md', 'npx posthaste migrate'), {
      'postgres://localhost/shop': url,
      'smtp://user:pass@mail.example.com:587': smtp.url,
    })
    const cwd = await projectOf('README.md', 'order.ts')
    const stdout = await runShell(commands, { cwd })
    expect(stdout).toContain('sent 1, ')
    expect(stdout).toMatch(/ sent .* ada@example\.com +Your order/)
    expect(smtp.received).toMatchObject([{ from: 'shop@example.com', to: ['ada@example.com'] }])
  })

  test.skipIf(!isInstalled('psql'))(
    'the commands for roles make two, of which one may read no mail',
    async () => {
      const { url } = await fresh()
      const owner = await openApp('postgres', url)
      onTestFinished(async () => {
        await owner.run('drop owned by shop; drop owned by mailer; drop role shop; drop role mailer')
        await owner.close()
      })
      const env = { OWNER_URL: url, DATABASE_URL: url }
      await runShell(shellOf('docs/guide/database-roles.md', '--print-grants'), { cwd: folder.path, env })
      const as = (username: string) => Object.assign(new URL(url), { username, password: '…' }).href
      await using app = createMailQueue({ database: as('shop') })
      const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }
      const { id } = await app.enqueue(letter)
      await expect(app.get(id)).rejects.toMatchObject({ code: 'PH_DATABASE_RIGHTS' })
      await using worker = createMailQueue({ database: as('mailer'), delivery: 'capture' })
      expect(await worker.deliverDue()).toMatchObject({ sent: 1 })
    },
  )

  const sql = allPages.flatMap(fencedBlocks).filter(({ kind }) => kind === 'sql')
  test.each(sql)('the SQL of $page is taken', async ({ code }) => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url })
    await mail.migrate()
    const owner = await openApp('postgres', url)
    onTestFinished(() => owner.close())
    // Rolled back, since a role belongs to the whole server.
    await owner.run(`begin; create role shop; ${code}`)
    await owner.run('rollback')
  })
})

test('the README is short', async () => {
  const seen = (await readFile(join(workspace, 'README.md'), 'utf8')).replace(/<!--.*?-->\n/gs, '')
  expect(seen.trimEnd().split('\n').length).toBeLessThanOrEqual(120)
})

async function runBlock(
  page: string,
  file: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string }> {
  const cwd = await projectOf(page, file)
  return run(process.execPath, [file], { cwd, env: { ...process.env, ...env, NO_COLOR: '1' } })
}

/** The page's folder as a project of its own, whose SQLite file is beside it, with this file and the configuration on the sources. */
async function projectOf(page: string, file: string): Promise<string> {
  const cwd = join(folder.path, folderName(page))
  await writeFile(join(cwd, 'package.json'), '{ "type": "module" }')
  for (const name of [file, 'posthaste.config.ts']) await onSources(join(cwd, name))
  return cwd
}

/** The block for a shell that has this command. */
function shellOf(page: string, command: string): string {
  const found = fencedBlocks(page).filter(({ kind, code }) => kind === 'sh' && code.includes(command))
  expect(found).toHaveLength(1)
  return found.map(({ code }) => code).join('')
}
