import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { packageUrl, posthaste } from './support/cli.ts'
import { useProject } from './support/project.ts'

const { project, path } = useProject()

const init = (...args: string[]) => posthaste(['init', ...args], { cwd: path() })
const read = (name: string) => readFile(join(path(), name), 'utf8')

/** Every file of the project with what it says. */
async function contents(): Promise<Record<string, string>> {
  const names = await readdir(path(), { recursive: true })
  const files = await Promise.all(
    names.map(async (name) => ((await stat(join(path(), name))).isFile() ? [name] : [])),
  )
  return Object.fromEntries(
    await Promise.all(files.flat().map(async (name) => [name, await read(name)] as const)),
  )
}

describe('init writes', () => {
  const express = { type: 'module', dependencies: { express: '5', posthaste: '0' } }

  test('nothing with --dry-run, but shows all of it', async () => {
    await project({ 'package.json': express, '.env': 'DATABASE_URL="postgres://u:secret@localhost/app"\n' })
    const before = await contents()
    const { stdout } = await init('--dry-run')
    expect(await contents()).toEqual(before)
    for (const text of ['would write', "'/first-mail'", 'createMailQueue(', '"posthaste work --migrate"'])
      expect(stdout).toContain(text)
    expect(stdout).not.toContain('secret')
  })

  test('the same when it is called again: nothing', async () => {
    await project({ 'package.json': express })
    const first = await init()
    const written = await contents()
    const { code, stdout } = await init()
    expect(code).toBe(0)
    expect(await contents()).toEqual(written)
    expect(Object.keys(written).sort()).toEqual([
      'first-mail.js',
      'package.json',
      'posthaste.config.js',
      'server.js',
    ])
    expect(stdout.match(/unchanged/g)).toHaveLength(5)
    expect(stdout.split('Next:')[1]).toBe(first.stdout.split('Next:')[1])
  })

  test('over no file and no script that is there, and shows what it would have written', async () => {
    const own = {
      'src/posthaste.config.mjs': 'export default ownQueue\n',
      'src/first-mail.js': '// my own\n',
      'src/server.js': '// mine, too\n',
      'package.json': `${JSON.stringify({ ...express, scripts: { mail: 'mailhog', start: 'node src/server.js' } })}\n`,
    }
    await project(own)
    const { code, stdout } = await init()
    expect(code).toBe(0)
    expect(await contents()).toEqual(own)
    for (const text of [
      'kept         src/posthaste.config.mjs, which is there; src/posthaste.config.js would have been:',
      'kept         src/first-mail.js',
      "import mail from './posthaste.config.mjs'",
      'script "mail" in package.json, which is there; it would have been "posthaste work --migrate"',
      'npx posthaste work --migrate',
      "import { firstMail } from './first-mail.js', and call app.use(firstMail)",
    ])
      expect(stdout).toContain(text)
  })

  test('no app beside one that has no script', async () => {
    await project({ 'package.json': { ...express, main: 'lib/shop.js' }, 'lib/shop.js': '' })
    await init()
    expect(Object.keys(await contents()).sort()).toEqual([
      'first-mail.js',
      'lib/shop.js',
      'package.json',
      'posthaste.config.js',
    ])
  })

  test('package.json as npm does: its order, indentation and line ends stay', async () => {
    const before =
      '{\r\n\t"version": "1.0.0",\r\n\t"name": "shop",\r\n\t"scripts": {\r\n\t\t"test": "true"\r\n\t}\r\n}\r\n'
    await project({ 'package.json': before })
    await init()
    expect(await read('package.json')).toBe(
      before.replace('"true"', '"true",\r\n\t\t"mail": "posthaste work --migrate"'),
    )
  })

  test.each([
    ['none', {}],
    ['one that is not JSON', { 'package.json': '{ "name": ' }],
    ['a list', { 'package.json': [] }],
    ['null', { 'package.json': 'null' }],
    ['scripts that are none', { 'package.json': { scripts: ['start'] } }],
  ])('nothing where package.json is %s', async (_what, files) => {
    await project(files)
    const before = await contents()
    expect(await init()).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('[PH_PROJECT]'),
    })
    expect(await contents()).toEqual(before)
  })

  test('neither into a folder of that name nor through a link that leads nowhere', async () => {
    await project({ 'package.json': {} })
    await mkdir(join(path(), 'first-mail.js'))
    expect((await init()).stderr).toMatch(/first-mail\.js: .*\[PH_PROJECT\]/)
    await project({ 'other/package.json': {} })
    await symlink('gone.js', join(path(), 'other/posthaste.config.js'))
    const { stderr } = await posthaste(['init'], { cwd: join(path(), 'other') })
    expect(stderr).toMatch(/posthaste\.config\.js: .*\[PH_PROJECT\]/)
    expect(await readdir(join(path(), 'other'))).not.toContain('gone.js')
  })
})

describe('what init writes runs as it is', () => {
  const installed = {
    'node_modules/posthaste/package.json': { exports: { import: './index.mjs', require: './index.cjs' } },
    'node_modules/posthaste/index.mjs': `export * from '${packageUrl}'\n`,
    'node_modules/posthaste/index.cjs': `module.exports = require(${JSON.stringify(fileURLToPath(packageUrl))})\n`,
  }
  test.each([
    ['JavaScript, ES modules', { type: 'module' }],
    ['JavaScript, CommonJS', { type: 'commonjs' }],
    ['TypeScript, ES modules', { type: 'module', devDependencies: { typescript: '6' } }],
    ['TypeScript, CommonJS', { devDependencies: { typescript: '6' } }],
  ])('%s', async (_what, manifest) => {
    await project({ ...installed, 'package.json': manifest })
    const { stdout } = await init()
    const [, command = ''] = /\d\. (node .*?) {3}#/.exec(stdout) ?? []
    await promisify(execFile)('sh', ['-c', command], { cwd: path() })
    const list = await posthaste(['list', '--json'], { cwd: path() })
    expect(JSON.parse(list.stdout)).toMatchObject({ items: [{ subject: 'First mail', state: 'queued' }] })
  })
})
