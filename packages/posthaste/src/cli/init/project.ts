import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Driver, databases, drivers, type Framework, frameworks, type Kind, managers } from './known.ts'
import { dependenciesOf, type Manifest, readManifest } from './manifest.ts'

/** What init has to know of a project. */
export interface Project {
  readonly folder: string
  readonly manifest: Manifest
  readonly framework: Framework
  readonly kind: Kind
  readonly driver: Driver
  readonly language: 'TypeScript' | 'JavaScript'
  readonly modules: 'ES modules' | 'CommonJS'
  readonly manager: (typeof managers)[number]
  /** Is this package there? */
  has(name: string): boolean
  /** The first of these that is there. */
  find(...names: readonly string[]): string | undefined
  /** What a file says; empty where it cannot be read. */
  read(name: string): string
}

/**
 * What the files of a folder tell.
 *
 * @throws {PH_PROJECT} there is no package.json, or it cannot be read
 */
export async function detectProject(folder: string): Promise<Project> {
  const manifest = await readManifest(folder)
  const packages = dependenciesOf(manifest)
  const has = (name: string) => packages.has(name)
  const find = (...names: readonly string[]) => names.find((name) => existsSync(join(folder, name)))
  const read = (name: string) => textOf(join(folder, name))
  return {
    folder,
    manifest,
    framework: first(frameworks, (one) => one.package === null || has(one.package)),
    kind: kindOf(databaseUrl(read)) ?? kindOf(prismaProvider(read)) ?? kindOfPackages(has),
    driver: first(drivers, (one) => one.packages.every(has)),
    language: has('typescript') || find('tsconfig.json') !== undefined ? 'TypeScript' : 'JavaScript',
    modules: manifest.content.type === 'module' ? 'ES modules' : 'CommonJS',
    manager: first(managers, (one) => one.leaves.length === 0 || find(...one.leaves) !== undefined),
    has,
    find,
    read,
  }
}

/** The last of each table is said of every project. */
function first<T>(table: readonly T[], fits: (one: T) => boolean): T {
  return table.find(fits) ?? (table.at(-1) as T)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** What .env files say; their values are looked at for the scheme only. */
export function databaseUrl(read: Project['read']): string {
  const text = ['.env', '.env.local', '.env.example'].map(read).join('\n')
  return /^\s*(?:export\s+)?DATABASE_URL\s*=\s*["']?([^"'\s]+)/m.exec(text)?.[1] ?? ''
}

function prismaProvider(read: Project['read']): string {
  const text = read('prisma/schema.prisma')
  return /^\s*datasource\s[^}]*?\bprovider\s*=\s*"(\w+)"/m.exec(text)?.[1] ?? ''
}

function kindOf(text: string): Kind | undefined {
  return databases.find(({ scheme }) => scheme.test(text))?.kind
}

function kindOfPackages(has: (name: string) => boolean): Kind {
  return databases.find(({ packages }) => packages.some(has))?.kind ?? 'SQLite'
}
