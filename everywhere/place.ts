import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Cell, Place } from './cell.ts'
import { startRunning } from './running.ts'
import { startSite } from './site.ts'

const run = promisify(execFile)

/** Makes a folder and installs there the packed package and what the cell wants beside it. No script of any package runs. */
export async function placeFor(
  { packages, overrides = {} }: Cell,
  { scratch, tarball, version }: { scratch: string; tarball: string; version: string },
): Promise<Place> {
  const folder = await mkdtemp(join(scratch, 'cell-'))
  const place: Place = {
    folder,
    version,
    async write(file, text) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), text)
    },
    shell: (command, env) => shell(folder, command, env),
    serve: (command, { env, cwd = folder }) =>
      startSite(command, { cwd, env: { ...within(folder), ...env } }),
    start: (command, env) => startRunning(command, { cwd: folder, env: { ...within(folder), ...env } }),
  }
  await place.write('package.json', JSON.stringify({ private: true, overrides }))
  const wanted = Object.entries(packages).map(([name, range]) => `${name}@${range}`)
  await shell(folder, ['npm', ...install, tarball, ...wanted].join(' '))
  return place
}

const install = [
  'install',
  '--save-exact',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--loglevel=error',
]

/** Without what npm tells the scripts of this workspace: another npm would take its folder for the one to install into. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(config_local_prefix|package|lifecycle)|^INIT_CWD$/.test(name),
  ),
)

/** With the commands of the place's packages. */
function within(folder: string): NodeJS.ProcessEnv {
  const PATH = [join(folder, 'node_modules/.bin'), dirname(process.execPath), process.env.PATH].join(
    delimiter,
  )
  return { ...environment, PATH, NO_COLOR: '1', CI: 'true' }
}

async function shell(
  cwd: string,
  command: string,
  own: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...within(cwd), ...own }
  try {
    const { stdout, stderr } = await run('sh', ['-c', command], { cwd, env, maxBuffer: 64_000_000 })
    return stdout + stderr
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${command}\n${stdout}${stderr}`, { cause: error })
  }
}
