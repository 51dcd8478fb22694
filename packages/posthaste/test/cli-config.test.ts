import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type CallOptions,
  callHere,
  freshFolder,
  packageUrl,
  posthaste,
  startPosthaste,
} from './support/cli.ts'
import { startSmtp } from './support/smtp.ts'

let folder: Awaited<ReturnType<typeof freshFolder>>
let options: CallOptions

beforeEach(async () => {
  folder = await freshFolder()
  options = { cwd: folder.path }
})

afterEach(() => folder.remove())

const write = (name: string, text: string) => writeFile(join(folder.path, name), text)

const head = `import { createMailQueue } from '${packageUrl}'\n`
const queue = (more = '') =>
  `createMailQueue({ database: 'sqlite:' + import.meta.dirname + '/own.db', ${more} })`

async function database(): Promise<string> {
  const { code, stderr } = await posthaste(['status'], options)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return (await readdir(folder.path)).filter((name) => name.endsWith('.db')).join()
}

test('finds a TypeScript configuration from a folder below, and Node reads it', async () => {
  await write('posthaste.config.ts', `${head}const mail: unknown = ${queue()}\nexport default mail\n`)
  await write('package.json', '{ "type": "module" }')
  await mkdir(join(folder.path, 'a/b'), { recursive: true })
  options = { cwd: join(folder.path, 'a/b') }
  expect(await database()).toBe('own.db')
})

test.each([
  ['posthaste.config.mjs', `${head}export const mail = ${queue()}\n`],
  ['posthaste.config.mts', `${head}export const mail = ${queue()} satisfies object\n`],
])('takes an export named mail: %s', async (name, text) => {
  await write(name, text)
  expect(await database()).toBe('own.db')
})

test('takes module.exports of a CommonJS configuration', async () => {
  const text = `const { createMailQueue } = require(${JSON.stringify(new URL(packageUrl).pathname)})
    module.exports = { mail: createMailQueue({ database: 'sqlite:' + __dirname + '/own.db' }) }\n`
  await write('posthaste.config.js', text)
  expect(await database()).toBe('own.db')
})

test('a configuration goes before the environment, and --config before what lies near', async () => {
  await write('posthaste.config.mjs', 'throw new Error("not this one")\n')
  await write('other.mjs', `${head}export default ${queue()}\n`)
  const env = { DATABASE_URL: `sqlite:${folder.path}/environment.db` }
  const { code } = await posthaste(['status', '--config', 'other.mjs'], { ...options, env })
  expect(code).toBe(0)
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.db'))).toEqual(['own.db'])
})

test.each([
  ['export default {}\n', 'exports no mail queue', 'PH_CONFIG_FILE'],
  ['throw new Error("no such thing")\n', 'cannot be loaded: no such thing', 'PH_CONFIG_FILE'],
  [
    `${head}export default createMailQueue({ database: 'sqlite:x.db', nonsense: 1 })\n`,
    "no option 'nonsense'",
    'PH_CONFIG',
  ],
])('a configuration that is wrong says so: %s', async (text, message, catalogued) => {
  await write('posthaste.config.mjs', text)
  const { code, stderr } = await posthaste(['status'], options)
  expect(code).toBe(1)
  expect(stderr).toContain(message)
  expect(stderr).toContain(`[${catalogued}]`)
  expect(stderr).not.toContain('    at ')
})

test('--env-file sets what is not set, and POSTHASTE_DATABASE_URL goes before DATABASE_URL', async () => {
  const url = (name: string) => `sqlite:${folder.path}/${name}.db`
  await write('.env.mail', `POSTHASTE_DATABASE_URL=${url('file')}\nDATABASE_URL=${url('file2')}\n`)
  const env = { DATABASE_URL: url('environment') }
  expect((await posthaste(['status', '--env-file', '.env.mail'], { ...options, env })).code).toBe(0)
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.db'))).toEqual(['file.db'])
})

test('POSTHASTE_SMTP_URL serves a configuration without transports, and no other', async () => {
  const smtp = await startSmtp()
  const args = ['doctor', '--send-test', 'ada@example.com']
  const env = { POSTHASTE_SMTP_URL: smtp.url }
  await write('without.mjs', `${head}export default ${queue()}\n`)
  await write('with.mjs', `${head}export default ${queue("transports: { own: 'smtp://127.0.0.1:1' }")}\n`)
  expect((await posthaste([...args, '--config', 'without.mjs'], { ...options, env })).code).toBe(0)
  expect(smtp.received).toMatchObject([{ to: ['ada@example.com'] }])
  const other = await posthaste([...args, '--config', 'with.mjs'], { ...options, env })
  expect(other.code).toBe(1)
  expect(other.stdout).toMatch(/transport own.*ECONNREFUSED/)
  expect(smtp.received).toHaveLength(1)
  await smtp.close()
})

test("an app's own timer or pool does not keep the command line from ending", async () => {
  await write('posthaste.config.mjs', `${head}setInterval(() => {}, 1000)\nexport default ${queue()}\n`)
  const { ended } = startPosthaste(['status'], options)
  expect((await ended).code).toBe(0)
})

test('without a configuration the errors name what is missing', async () => {
  expect((await callHere(['migrate'], {})).stderr).toContain('POSTHASTE_DATABASE_URL')
})
