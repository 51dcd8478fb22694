import { PosthasteError } from '../errors.ts'

export type DatabaseUrl =
  | { readonly kind: 'sqlite'; readonly file: string }
  | PostgresUrl
  | { readonly kind: 'mysql'; readonly href: string }

export interface PostgresUrl {
  readonly kind: 'postgres'
  readonly href: string
  /** Behind a pooler that gives each transaction another connection, so that nothing can be prepared. */
  readonly isPooled: boolean
}

// Options that other tools put into the URL and that the drivers would send to the server as settings.
const foreignOptions = [
  'schema',
  'connection_limit',
  'pool_timeout',
  'pgbouncer',
  'statement_cache_size',
  'socket_timeout',
]

/** Reads a database URL; the options of Prisma are understood and dropped. */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const scheme = /^([a-z0-9+]+):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'sqlite' || scheme === 'file') return { kind: 'sqlite', file: sqliteFile(text) }
  if (scheme === 'postgres' || scheme === 'postgresql')
    return { kind: 'postgres', href: networkUrl(text), isPooled: isPoolerUrl(text) }
  if (scheme === 'mysql' || scheme === 'mariadb')
    return { kind: 'mysql', href: networkUrl(text.replace(/^mariadb:/i, 'mysql:')) }
  throw new PosthasteError(
    'PH_DATABASE_URL',
    `'${withoutPassword(text)}' begins with no scheme that is known`,
  )
}

function sqliteFile(text: string): string {
  const file = decodeURIComponent(text.replace(/^(sqlite|file):(\/\/(?=\/|[^/]))?/i, '').replace(/\?.*$/, ''))
  if (file === '') throw new PosthasteError('PH_DATABASE_URL', `'${text}' names no file`)
  return file
}

function networkUrl(text: string): string {
  if (!URL.canParse(text)) throw new PosthasteError('PH_DATABASE_URL', `'${withoutPassword(text)}'`)
  const url = new URL(text)
  if (url.hostname === '' && !url.searchParams.has('host'))
    throw new PosthasteError('PH_DATABASE_URL', `'${withoutPassword(text)}' names no host`)
  for (const option of foreignOptions) url.searchParams.delete(option)
  return url.href
}

/** `pgbouncer=true`, as Prisma has it in its URLs. */
export function isPoolerUrl(text = ''): boolean {
  return /[?&]pgbouncer=true(?:[&#]|$)/.test(text)
}

export function withoutPassword(text: string): string {
  return text.replace(/\/\/([^:/@]*):[^@]*@/, '//$1:***@')
}
