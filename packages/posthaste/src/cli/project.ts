import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Project {
  readonly kind: 'PostgreSQL' | 'MySQL' | 'SQLite'
  readonly ending: 'ts' | 'mjs'
}

/** Which database and language a project uses, as far as its files tell. */
export async function detectProject(folder: string): Promise<Project> {
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

function kindOfUrl(url = ''): Project['kind'] | undefined {
  if (/^postgres(ql)?:/i.test(url)) return 'PostgreSQL'
  if (/^(mysql|mariadb):/i.test(url)) return 'MySQL'
  return /^(sqlite|file):/i.test(url) ? 'SQLite' : undefined
}

function kindOfDrivers(packages: ReadonlySet<string>): Project['kind'] | undefined {
  if (['pg', 'postgres', '@prisma/adapter-pg'].some((name) => packages.has(name))) return 'PostgreSQL'
  if (['mysql2', 'mysql', 'mariadb'].some((name) => packages.has(name))) return 'MySQL'
  return undefined
}

const examples = {
  PostgreSQL: 'postgres://user:password@localhost:5432/app',
  MySQL: 'mysql://user:password@localhost:3306/app',
  SQLite: 'sqlite:mail.db',
}

/** A configuration to begin with. */
export function configText({ kind }: Pick<Project, 'kind'>): string {
  return `import { createMailQueue } from 'posthaste'

// The one place: the app, the worker and the command line all use it.
export const mail = createMailQueue({
  // ${examples[kind]}
  database: process.env.DATABASE_URL,
  // The sender of mail that names none.
  defaults: { from: 'App <app@example.com>' },
  // smtp://user:password@mail.example.com:587, any Nodemailer transporter, or several under their names.
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:1025' },
})

export default mail
`
}
