import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { outbox } from '../src/testing/index.ts'
import { describeDatabase } from './support/databases.ts'
import { codeBlocks, folderName, folderOf, onSources } from './support/guide-code.ts'
import { bin, workspace } from './support/packed-app.ts'

const run = promisify(execFile)
const guides = [
  'bundlers',
  'configuration',
  'database-roles',
  'getting-started',
  'migrations',
  'nodemailer-drop-in',
  'poolers',
  'providers',
  'testing',
].map((name) => `docs/guide/${name}.md`)
const pages = ['README.md', ...guides]
let folder: Awaited<ReturnType<typeof folderOf>>

beforeAll(async () => {
  folder = await folderOf((await Promise.all(pages.map(codeBlocks))).flat())
})

afterAll(() => folder.drop())

test('all code in the README and the guides type-checks as it stands', { timeout: 120_000 }, async () => {
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

describeDatabase('postgres', 'the README', (_kind, fresh) => {
  test('queues its mail beside its order', async () => {
    const { url } = await fresh()
    const mail = createMailQueue({ database: url })
    await mail.migrate()
    await runBlock('README.md', 'order.ts', { DATABASE_URL: url })
    const queued = await outbox(mail).only({ to: 'ada@example.com' })
    expect(queued).toMatchObject({ state: 'queued', from: 'shop@example.com', priority: 'high' })
    await mail.close()
  })
})

test.each([...pages, 'ARCHITECTURE.md'])('every link of %s leads somewhere', async (page) => {
  const text = await readFile(join(workspace, page), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(join(workspace, dirname(page), link)))).toEqual([])
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
  const cwd = join(folder.path, folderName(page))
  // A project of its own: the queue's SQLite file is beside it.
  await writeFile(join(cwd, 'package.json'), '{ "type": "module" }')
  for (const name of [file, 'posthaste.config.ts']) await onSources(join(cwd, name))
  return run(process.execPath, [file], { cwd, env: { ...process.env, ...env, NO_COLOR: '1' } })
}
