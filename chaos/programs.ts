import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

export interface Programs {
  readonly worker: string
  readonly enqueuer: string
  remove(): Promise<void>
}

const root = fileURLToPath(new URL('../', import.meta.url))
const drivers = ['better-sqlite3', 'pg-native']

/** Each program in one file with its libraries: whoever is killed every other second must start quickly. */
export async function buildPrograms(): Promise<Programs> {
  await mkdir(join(root, 'node_modules'), { recursive: true })
  const dir = await mkdtemp(join(root, 'node_modules', '.chaos-'))
  await cp(join(root, 'packages/posthaste/package.json'), join(dir, 'package.json'))
  return {
    worker: await build('worker', dir),
    enqueuer: await build('enqueuer', dir),
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

async function build(name: string, dir: string): Promise<string> {
  const file = join(dir, 'dist', `${name}.js`)
  const bundle = await rolldown({
    input: fileURLToPath(new URL(`${name}.ts`, import.meta.url)),
    platform: 'node',
    external: drivers,
    checks: { pluginTimings: false },
  })
  await bundle.write({ file, codeSplitting: false })
  await bundle.close()
  return file
}
