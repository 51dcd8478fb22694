import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runAlone, shop } from '../../../everywhere/shop.ts'
import { catalogue } from '../src/errors.ts'
import { installedSize } from './support/installed-size.ts'
import { bin, type PackedApp, packedApp, readManifest, workspace } from './support/packed-app.ts'

const run = promisify(execFile)
const manifest = await readManifest()
const names = Object.keys(manifest.exports).map((path) => join('posthaste', path))

let app: PackedApp

beforeAll(async () => {
  app = await packedApp()
})

afterAll(() => app.drop())

test.each(names)('%s can be imported', async (name) => {
  const json = name.endsWith('.json') ? ", { with: { type: 'json' } }" : ''
  expect(await countExports('app.mjs', `await import('${name}'${json})`)).toBeGreaterThan(0)
})

test.each(names)('%s can be required', async (name) => {
  expect(await countExports('app.cjs', `require('${name}')`)).toBeGreaterThan(0)
})

test('the command of the package runs', async () => {
  const command = join(app.folder, 'node_modules/posthaste', manifest.bin.posthaste)
  const { stdout } = await run(process.execPath, [command, '--version'])
  expect(stdout.trim()).toBe(manifest.version)
})

test('the demo of the package runs as npx calls it, where nothing else is', async () => {
  const elsewhere = join(app.folder, 'elsewhere')
  await mkdir(elsewhere)
  const command = join(elsewhere, 'posthaste')
  await symlink(join(app.folder, 'node_modules/posthaste', manifest.bin.posthaste), command)
  const { stdout } = await run(process.execPath, [command, 'demo'], { cwd: elsewhere })
  expect(stdout).toContain('All agree')
  expect(await readdir(elsewhere)).toEqual(['posthaste'])
})

test.each([
  ['--version', [manifest.bin.posthaste, '--version'], 2, []],
  ['status', [manifest.bin.posthaste, 'status'], 8, ['commander', 'nodemailer']],
  ['an import of it', ['dist/index.js'], 3, ['nodemailer']],
] as const)(
  '%s loads a few files of its own, and no library that it does not need',
  async (_, [file, ...args], own, libraries) => {
    const loaded = await modulesOf([join(app.folder, 'node_modules/posthaste', file), ...args])
    const packages = loaded.map((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? 'posthaste')
    expect(packages.filter((name) => name === 'posthaste').length).toBeLessThanOrEqual(own)
    expect([...new Set(packages)].filter((name) => !['posthaste', ...libraries].includes(name))).toEqual([])
  },
)

test('what an app installs with it is as small as the documentation says', async () => {
  const page = await readFile(join(workspace, 'docs/performance.md'), 'utf8')
  const [, megabytes, packages] = /at most ([\d.]+) MB in (\d+) packages/.exec(page) ?? []
  const sizes = await installedSize(join(app.folder, 'node_modules/posthaste'))
  expect(sizes.size).toBe(Number(packages))
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  expect(bytes, JSON.stringify(Object.fromEntries(sizes))).toBeLessThan(Number(megabytes) * 1_000_000)
  // A bound that says nothing is none.
  expect(bytes).toBeGreaterThan(Number(megabytes) * 1_000_000 * 0.8)
})

test('publint finds nothing', async () => {
  const { stdout } = await run(bin('publint'), ['run', app.tarball, '--strict']).catch((error) => error)
  expect(stdout).toContain('All good!')
})

test('its types resolve for ESM and CommonJS, old and new', async () => {
  // Exits with an error when attw finds a problem.
  const { stdout } = await run(bin('attw'), [app.tarball, '--no-color']).catch((error) => error)
  expect(stdout).toContain('No problems found')
  for (const resolution of ['node10', 'node16 (from CJS)', 'node16 (from ESM)', 'bundler'])
    expect(stdout).toContain(resolution)
})

test('its types stand on nothing but those of Node', async () => {
  const files = await filesIn('dist', /\.d\.c?ts$/)
  expect(files.length).toBeGreaterThan(3)
  // An example in a comment names the package itself.
  const code = files.map((text) => text.replace(/\/\*[\s\S]*?\*\//g, ''))
  const named = code.flatMap((text) => [...text.matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)])
  expect(named.map(([, name = '']) => name).filter((name) => !/^(node:|\.)/.test(name))).toEqual([])
  expect(files.filter((text) => /declare (module|global)|<reference/.test(text))).toEqual([])
})

test('what import and require give is one queue', async () => {
  const file = join(app.folder, 'both.mjs')
  await writeFile(
    file,
    `import { createRequire } from 'node:module'
import { MailQueue } from 'posthaste'
console.log(createRequire(import.meta.url)('posthaste').MailQueue === MailQueue)`,
  )
  expect((await run(process.execPath, [file])).stdout).toBe('true\n')
})

test('every source map has the sources with it', async () => {
  const maps = await filesIn('dist', /\.map$/)
  expect(maps.length).toBeGreaterThan(3)
  const empty = maps
    .map((text) => JSON.parse(text))
    .filter(({ sources, sourcesContent = [] }) => sources.length !== sourcesContent.filter(Boolean).length)
  expect(empty.map(({ file }) => file)).toEqual([])
})

test('the pages that errors name are in the package', async () => {
  const remedies = Object.values(catalogue).map(({ remedy }) => remedy)
  const pages = remedies.flatMap((remedy) => remedy.match(/[\w/-]+\.md/g) ?? [])
  expect(pages.length).toBeGreaterThan(0)
  expect(pages.filter((page) => !existsSync(join(app.folder, page)))).toEqual([])
})

test('so are the files that any other text of it names', async () => {
  const texts = await filesIn('dist', /\.c?js$/)
  const named = texts.flatMap((text) => text.match(/node_modules\/posthaste\/[\w./-]+\w/g) ?? [])
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((file) => !existsSync(join(app.folder, file)))).toEqual([])
})

test('its pages link to nothing that is not in it', async () => {
  const pages = await filesIn('docs', /\.md$/)
  const links = pages.flatMap((text) => [...text.matchAll(/\]\((?!https:|#)([^)#]+)/g)])
  expect(links.length).toBeGreaterThan(0)
  const place = join(app.folder, 'node_modules/posthaste/docs/reference')
  expect(links.map(([, link = '']) => link).filter((link) => !existsSync(join(place, link)))).toEqual([])
})

test('npm takes its manifest as it is, and publishes it with provenance or not at all', async () => {
  const registry = 'http://127.0.0.1:9/'
  const { stderr } = await run(
    'npm',
    ['publish', '--registry', registry, `--${registry.slice(5)}:_authToken=none`, '--fetch-retries=0'],
    // Without what tells npm that it is in a CI which could vouch for it.
    {
      cwd: join(app.folder, 'node_modules/posthaste'),
      env: { PATH: process.env.PATH, HOME: app.folder },
    },
  ).catch((error) => error)
  expect(stderr).toContain('provenance generation not supported')
  expect(stderr).not.toContain('auto-corrected')
})

test.each(['es', 'cjs'] as const)('in a bundle (%s) it runs where nothing is installed', async (format) => {
  const entry = join(app.folder, 'shop.mjs')
  await writeFile(entry, shop('esm'))
  const built = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' })
  const bundle = join(app.folder, `bundle.${format === 'es' ? 'mjs' : 'cjs'}`)
  await built.write({ file: bundle, format, codeSplitting: false })
  await built.close()
  expect(await runAlone(bundle, manifest.version)).toContain('sent 1')
})

test('what can only throw is still there once it is bundled', async () => {
  const file = join(app.folder, 'wrong-url.mjs')
  await writeFile(
    file,
    `import { createMailQueue } from 'posthaste'
createMailQueue({ database: 'mysql://shop:100%@localhost/shop' }).migrate().catch(({ code }) => console.log(code))`,
  )
  expect((await run(process.execPath, [file])).stdout).toBe('PH_DATABASE_URL\n')
})

test('only Nodemailer is pinned', () => {
  const pinned = Object.entries(manifest.dependencies).filter(([, range]) => /^\d/.test(range))
  expect(pinned.map(([name]) => name)).toEqual(['nodemailer'])
})

/** The texts of the package's files of this name. */
async function filesIn(folder: string, name: RegExp): Promise<string[]> {
  const place = join(app.folder, 'node_modules/posthaste', folder)
  const files = (await readdir(place, { recursive: true })).filter((file) => name.test(file))
  return Promise.all(files.map((file) => readFile(join(place, file), 'utf8')))
}

/** What Node loads from files to run this. */
async function modulesOf(call: readonly string[]): Promise<string[]> {
  const database = `sqlite:${join(app.folder, 'cold.db')}`
  const hook = `
    import { registerHooks } from 'node:module'
    const load = (url, context, next) => (process._rawDebug(url), next(url, context))
    registerHooks({ load })`
  const preload = join(app.folder, 'list-modules.mjs')
  await writeFile(preload, hook)
  const env = { PATH: process.env.PATH, POSTHASTE_DATABASE_URL: database }
  const { stderr } = await run(process.execPath, ['--import', preload, ...call], { cwd: app.folder, env })
  return stderr.split('\n').filter((line) => line.startsWith('file:'))
}

async function countExports(file: string, expression: string): Promise<number> {
  const path = join(app.folder, file)
  await writeFile(path, `console.log(Object.keys(${expression}).length)`)
  const { stdout } = await run(process.execPath, [path])
  return Number(stdout)
}
