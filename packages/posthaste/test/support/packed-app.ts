import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildPackage, copyPages } from '../../../../scripts/build-package.ts'

const run = promisify(execFile)
export const workspace = fileURLToPath(new URL('../../../..', import.meta.url))
const sources = join(workspace, 'packages/posthaste')
export const bin = (name: string) => join(workspace, 'node_modules/.bin', name)

/** A folder that is somebody's app, with the package installed as it is published. */
export interface PackedApp {
  readonly folder: string
  readonly tarball: string
  drop(): Promise<void>
}

/** Builds beside the checkout, so that nobody who uses its dist/ is disturbed, and packs, unpacks and links the dependencies. */
export async function packedApp(): Promise<PackedApp> {
  const scratch = await mkdtemp(join(tmpdir(), 'posthaste-package-'))
  const tarball = await packTarball(scratch)
  const folder = join(scratch, 'app')
  await install(tarball, folder)
  return { folder, tarball, drop: () => rm(scratch, { recursive: true, force: true }) }
}

export async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(sources, 'package.json'), 'utf8'))
}

interface Manifest {
  readonly version: string
  readonly exports: Record<string, string | object>
  readonly engines: { readonly node: string }
  readonly bin: { readonly posthaste: string }
  readonly dependencies: Record<string, string>
}

/** What is published, in this folder. */
export async function packTarball(scratch: string): Promise<string> {
  const built = join(scratch, 'built')
  await mkdir(built)
  await cp(join(sources, 'package.json'), join(built, 'package.json'))
  copyPages(built)
  await buildPackage(join(built, 'dist'))
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', scratch], { cwd: built })
  return join(scratch, JSON.parse(stdout)[0].filename)
}

async function install(tarball: string, folder: string): Promise<void> {
  const target = join(folder, 'node_modules/posthaste')
  await mkdir(target, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  const { dependencies } = await readManifest()
  await Promise.all(Object.keys(dependencies).map((name) => link(name, folder)))
}

async function link(name: string, folder: string): Promise<void> {
  const place = join(folder, 'node_modules', name)
  await mkdir(dirname(place), { recursive: true })
  // npm keeps a version of its own where the tools at the root need another.
  const own = join(workspace, 'packages/posthaste/node_modules', name)
  await symlink(existsSync(own) ? own : join(workspace, 'node_modules', name), place)
}
