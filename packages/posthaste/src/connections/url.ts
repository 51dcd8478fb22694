import { PosthasteError } from '../errors.ts'
import { fromProject } from '../project-folder.ts'

export type DatabaseUrl =
  | { readonly kind: 'sqlite'; readonly file: string }
  | PostgresUrl
  | { readonly kind: 'mysql'; readonly href: string }

export interface PostgresUrl {
  readonly kind: 'postgres'
  readonly href: string
  /** Said to be behind a pooler that gives each transaction another connection, so that nothing can be prepared. */
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
  const read = scheme === undefined ? undefined : schemes.get(scheme)
  if (scheme === 'libsql')
    throw new PosthasteError(
      'PH_DATABASE_URL',
      'a libSQL server (Turso) cannot hold the queue, but its files can',
    )
  if (!read) throw new PosthasteError('PH_DATABASE_URL', 'it begins with no scheme that is known')
  return read(text)
}

const sqlite = (text: string): DatabaseUrl => ({ kind: 'sqlite', file: sqliteFile(text) })
const postgres = (text: string): DatabaseUrl => ({
  kind: 'postgres',
  href: networkUrl(text),
  isPooled: isPoolerUrl(text),
})
const mysql = (text: string): DatabaseUrl => ({ kind: 'mysql', href: withTls(networkUrl(text)) })

const schemes: ReadonlyMap<string, (text: string) => DatabaseUrl> = new Map([
  ['sqlite', sqlite],
  ['file', sqlite],
  ['postgres', postgres],
  ['postgresql', postgres],
  ['mysql', mysql],
  ['mariadb', (text: string) => mysql(text.replace(/^mariadb:/i, 'mysql:'))],
])

function sqliteFile(text: string): string {
  const path = sqlitePath(text)
  if (!isDecodable(path))
    throw new PosthasteError('PH_DATABASE_URL', 'a % in the name of a file is written as %25')
  const file = decodeURIComponent(path)
  if (file === '') throw new PosthasteError('PH_DATABASE_URL', 'it names no file')
  return file.startsWith(':') ? file : fromProject(file)
}

/** The path in the URL of a file, still encoded. In a URL, Windows writes its drives as `file:///C:/…`. */
export function sqlitePath(text: string, platform: string = process.platform): string {
  const path = text.replace(/^(sqlite|file):(\/\/(?=\/|[^/]))?/i, '').replace(/\?.*$/, '')
  return platform === 'win32' ? path.replace(/^\/+(?=[a-z]:)/i, '') : path
}

/** No part of the URL is repeated in an error: where it cannot be read, any part may be of the password. */
function networkUrl(text: string): string {
  if (!URL.canParse(text)) throw unreadable()
  const url = new URL(text)
  if (url.hash !== '' || url.pathname.includes('@') || url.search.includes('@')) throw unreadable()
  for (const part of [url.username, url.password, url.pathname]) if (!isDecodable(part)) throw unreadable()
  if (url.hostname === '' && !url.searchParams.has('host'))
    throw new PosthasteError('PH_DATABASE_URL', 'it names no host')
  for (const option of foreignOptions) url.searchParams.delete(option)
  return url.href
}

/** `pgbouncer=true`, as Prisma has it in its URLs. */
export function isPoolerUrl(text = ''): boolean {
  return /[?&]pgbouncer=true(?:[&#]|$)/.test(text)
}

/** What is decoded is looked at: a call whose result is not used is taken out by bundlers, who believe that it cannot throw. */
function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined
  } catch {
    return false
  }
}

function unreadable(): PosthasteError {
  return new PosthasteError(
    'PH_DATABASE_URL',
    'characters such as # / ? % @ : in a user name or a password are percent-encoded: # is %23, / is %2F, % is %25 (encodeURIComponent does it)',
  )
}

/** What MySQL's own tools, Prisma, JDBC and others write for TLS, as mysql2 reads it; it would ignore them in silence. */
function withTls(href: string): string {
  const url = new URL(href)
  for (const [name, value] of [...url.searchParams]) {
    if (!/^(?:ssl|tls|use_?ssl|require_?ssl)/i.test(name) || (name === 'ssl' && value.startsWith('{')))
      continue
    const ssl =
      tlsModes[`${name.toLowerCase().replace(/[-_]/g, '')}=${value.toLowerCase().replace(/-/g, '_')}`]
    if (ssl === undefined)
      throw new PosthasteError(
        'PH_DATABASE_URL',
        `'${name}' is not understood: use ssl-mode=REQUIRED, VERIFY_CA, VERIFY_IDENTITY or DISABLED`,
      )
    url.searchParams.delete(name)
    if (ssl !== '') url.searchParams.set('ssl', ssl)
  }
  return url.href
}

const [unverified, verified, identified] = [
  '{"rejectUnauthorized":false}',
  '{"rejectUnauthorized":true}',
  '{"rejectUnauthorized":true,"verifyIdentity":true}',
]
const tlsModes: Readonly<Record<string, string>> = {
  'sslmode=required': unverified,
  'sslmode=require': unverified,
  'sslmode=verify_ca': verified,
  'sslmode=verify_identity': identified,
  'sslmode=verify_full': identified,
  'sslmode=disabled': '',
  'sslmode=disable': '',
  'sslaccept=strict': identified,
  'sslaccept=accept_invalid_certs': unverified,
  'ssl=true': identified,
  'ssl=false': '',
  'tls=true': identified,
  'tls=false': '',
  'usessl=true': unverified,
  'usessl=false': '',
  'requiressl=true': unverified,
}
