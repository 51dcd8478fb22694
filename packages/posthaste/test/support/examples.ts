import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from './databases/server.ts'
import type { DatabaseKind } from './databases.ts'
import { generatePrismaClient } from './prisma.ts'

/** A numbered folder of examples/. Its `order.ts` names its databases in the first line, and what it prints in the last comment. */
export interface Example {
  readonly name: string
  readonly file: string
  readonly databases: readonly DatabaseKind[]
  readonly output: string
}

const folder = fileURLToPath(new URL('../../../../examples', import.meta.url))
const kinds: Record<string, readonly DatabaseKind[]> = {
  PostgreSQL: ['postgres'],
  MySQL: ['mariadb', 'mysql'],
  SQLite: ['sqlite'],
}

export async function listExamples(): Promise<Example[]> {
  const names = (await readdir(folder)).filter((name) => /^\d\d-/.test(name)).sort()
  return Promise.all(names.map(readExample))
}

async function readExample(name: string): Promise<Example> {
  const file = join(folder, name, 'order.ts')
  const text = await readFile(file, 'utf8')
  const title = text.split('\n')[0] ?? ''
  const databases = Object.entries(kinds).flatMap(([word, kinds]) => (title.includes(word) ? kinds : []))
  const output = /\/\* It prints:\n([\s\S]*?)\*\/\s*$/.exec(text)?.[1]
  if (databases.length === 0) throw new Error(`${file}: the first line must name its databases`)
  if (output === undefined) throw new Error(`${file}: the last comment must be /* It prints: … */`)
  return { name, file, databases, output }
}

const quick = { NO_COLOR: '1', NODE_COMPILE_CACHE: join(tmpdir(), 'posthaste-examples') }

/** Runs it as it stands, in `cwd`, on the sources; gives what it printed. */
export async function runExample(
  { file }: Example,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<string> {
  const sources = import.meta.resolve('./from-source.ts')
  const path = [join(import.meta.dirname, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
  const port = String(await freePort())
  if (existsSync(join(dirname(file), 'schema.prisma'))) await generatePrismaClient(dirname(file))
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    cwd,
    timeout: 150_000,
    env: { ...process.env, ...quick, PATH: path, PORT: port, NODE_OPTIONS: `--import ${sources}`, ...env },
  })
  return stdout
}
