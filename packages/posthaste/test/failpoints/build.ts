import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import ts from 'typescript'
import { instrument, type Place } from './transform.ts'

/** A fault put in on purpose, to see whether it is found: by file, what is replaced and what stands there instead. */
export type Fault = Readonly<Record<string, readonly [from: string, to: string]>>

export interface Build {
  /** The worker's process in one file: a process that only lives for a moment must start quickly. */
  readonly program: string
  /** For what the processes write. */
  readonly dir: string
  readonly places: readonly Place[]
  /** The places that belong to the worker's line, whether they are ever reached or not. */
  readonly line: readonly Place[]
  remove(): Promise<void>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const src = join(root, 'src')
/** Where the line begins: what these import, directly or not, belongs to it. */
const entries = ['worker/worker.ts', 'worker/pass.ts']
const drivers = ['pg', 'mysql2', 'mysql2/promise', 'better-sqlite3']

/** The package and a worker's process, built with a failpoint at every await. It lies within the package, so that its libraries are found. */
export async function build(fault: Fault = {}): Promise<Build> {
  const sources = await readSources(fault)
  await mkdir(join(root, 'node_modules'), { recursive: true })
  const dir = await mkdtemp(join(root, 'node_modules', '.failpoints-'))
  const places: Place[] = []
  const load = (id: string) => {
    const source = sources.get(id)
    return source === undefined ? undefined : { code: instrument(id.slice(src.length + 1), source, places) }
  }
  const input = fileURLToPath(new URL('worker-process.ts', import.meta.url))
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: drivers,
    checks: { pluginTimings: false },
    plugins: [{ name: 'failpoints', load }],
  })
  const program = join(dir, 'dist', 'worker.js')
  await bundle.write({ file: program, codeSplitting: false })
  await bundle.close()
  await cp(join(root, 'package.json'), join(dir, 'package.json'))
  const line = reachable(sources)
  return {
    program,
    dir,
    places,
    line: places.filter(({ file }) => line.has(join(src, file))),
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

async function readSources(fault: Fault): Promise<Map<string, string>> {
  const sources = new Map<string, string>()
  for (const file of await readdir(src, { recursive: true }))
    if (file.endsWith('.ts')) sources.set(join(src, file), await readFile(join(src, file), 'utf8'))
  for (const [file, [from, to]] of Object.entries(fault)) {
    const parts = (sources.get(join(src, file)) ?? '').split(from)
    if (parts.length !== 2) throw new Error(`${file} does not hold, once: ${from}`)
    sources.set(join(src, file), parts.join(to))
  }
  return sources
}

/** By the graph of imports, those of types and those within functions among them. */
function reachable(sources: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>()
  const visit = (file: string) => {
    const source = sources.get(file)
    if (source === undefined || found.has(file)) return
    found.add(file)
    for (const { fileName } of ts.preProcessFile(source).importedFiles)
      if (fileName.startsWith('.')) visit(join(dirname(file), fileName))
  }
  for (const entry of entries) visit(join(src, entry))
  return found
}
