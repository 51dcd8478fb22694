import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const workspace = fileURLToPath(new URL('../../..', import.meta.url))
const sources = join(workspace, 'packages/posthaste')
const bin = (name: string) => join(workspace, 'node_modules/.bin', name)
const manifest = JSON.parse(await readFile(join(sources, 'package.json'), 'utf8'))
const names = Object.keys(manifest.exports).map((path) => join('posthaste', path))

let dir: string
let tarball: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'posthaste-package-'))
  tarball = await pack()
  await install()
})

afterAll(() => rm(dir, { recursive: true, force: true }))

test.each(names)('%s can be imported', async (name) => {
  const json = name.endsWith('.json') ? ", { with: { type: 'json' } }" : ''
  expect(await countExports('app.mjs', `await import('${name}'${json})`)).toBeGreaterThan(0)
})

test.each(names)('%s can be required', async (name) => {
  expect(await countExports('app.cjs', `require('${name}')`)).toBeGreaterThan(0)
})

test('the command of the package runs', async () => {
  const command = join(dir, 'app/node_modules/posthaste', manifest.bin.posthaste)
  const { stdout } = await run(process.execPath, [command, '--version'])
  expect(stdout.trim()).toBe(manifest.version)
})

test('publint finds nothing', async () => {
  const { stdout } = await run(bin('publint'), ['run', tarball, '--strict']).catch((error) => error)
  expect(stdout).toContain('All good!')
})

test('its types resolve for ESM', async () => {
  // Exits with an error when attw finds a problem.
  const { stdout } = await run(bin('attw'), [tarball, '--profile', 'esm-only', '--no-color'])
  expect(stdout).toContain('node16 (from ESM)')
})

/** Builds beside the checkout, so that nobody who uses its dist/ is disturbed. */
async function pack(): Promise<string> {
  const built = join(dir, 'built')
  await mkdir(built)
  const files = [join(sources, 'package.json'), join(workspace, 'LICENSE'), join(workspace, 'README.md')]
  await Promise.all(files.map((file) => cp(file, join(built, basename(file)))))
  const config = join(sources, 'tsconfig.build.json')
  await run(bin('tsc'), ['-p', config, '--outDir', join(built, 'dist')]).catch((error) => {
    throw new Error(error.stdout, { cause: error })
  })
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', dir], { cwd: built })
  return join(dir, JSON.parse(stdout)[0].filename)
}

/** An app with the packed package, and its dependencies linked. */
async function install(): Promise<void> {
  const target = join(dir, 'app/node_modules/posthaste')
  await mkdir(target, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  await Promise.all(Object.keys(manifest.dependencies).map(link))
}

async function link(name: string): Promise<void> {
  const place = join(dir, 'app/node_modules', name)
  await mkdir(dirname(place), { recursive: true })
  await symlink(join(workspace, 'node_modules', name), place)
}

async function countExports(file: string, expression: string): Promise<number> {
  const path = join(dir, 'app', file)
  await writeFile(path, `console.log(Object.keys(${expression}).length)`)
  const { stdout } = await run(process.execPath, [path])
  return Number(stdout)
}
