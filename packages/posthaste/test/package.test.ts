import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

test('its types resolve for ESM', async () => {
  // Exits with an error when attw finds a problem.
  const { stdout } = await run(bin('attw'), [app.tarball, '--profile', 'esm-only', '--no-color'])
  expect(stdout).toContain('node16 (from ESM)')
})

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
