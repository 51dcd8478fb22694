import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Surroundings {
  readonly kind: 'PostgreSQL' | 'MySQL' | 'SQLite'
  readonly ending: 'ts' | 'mjs'
}

/** Which database and language a project uses, as far as its files tell. */
export async function lookAround(folder: string): Promise<Surroundings> {
  const packages = await dependenciesOf(folder)
  const url = await databaseUrlOf(folder)
  return {
    kind: kindOfUrl(url) ?? kindOfDrivers(packages) ?? 'SQLite',
    ending: existsSync(join(folder, 'tsconfig.json')) || packages.has('typescript') ? 'ts' : 'mjs',
  }
}

async function dependenciesOf(folder: string): Promise<Set<string>> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}')
  const { dependencies, devDependencies } = readJson(text)
  return new Set(Object.keys({ ...dependencies, ...devDependencies }))
}

function readJson(text: string): { dependencies?: object; devDependencies?: object } {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** What .env files say; their values are looked at for the scheme only. */
async function databaseUrlOf(folder: string): Promise<string | undefined> {
  for (const name of ['.env', '.env.local', '.env.example']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    const [, url] = /^\s*(?:export\s+)?DATABASE_URL\s*=\s*["']?([^"'\s]+)/m.exec(text) ?? []
    if (url) return url
  }
  return undefined
}

function kindOfUrl(url = ''): Surroundings['kind'] | undefined {
  if (/^postgres(ql)?:/i.test(url)) return 'PostgreSQL'
  if (/^(mysql|mariadb):/i.test(url)) return 'MySQL'
  return /^(sqlite|file):/i.test(url) ? 'SQLite' : undefined
}

function kindOfDrivers(packages: ReadonlySet<string>): Surroundings['kind'] | undefined {
  if (['pg', 'postgres', '@prisma/adapter-pg'].some((name) => packages.has(name))) return 'PostgreSQL'
  if (['mysql2', 'mysql', 'mariadb'].some((name) => packages.has(name))) return 'MySQL'
  return undefined
}
