import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { runWithApt } from './apt.ts'
import { type DatabaseServer, startServer } from './server.ts'

export interface Pooling {
  readonly mode: 'session' | 'transaction' | 'statement'
  /** For PgBouncer 1.21 and newer; an older one knows none. @default what its version has */
  readonly preparedStatements?: number
}

/** The one that is named, else an installed one; where we are root on Debian it is installed. Undefined where there is none. */
export async function pgbouncerProgram(): Promise<string | undefined> {
  return process.env.POSTHASTE_TEST_PGBOUNCER ?? installed() ?? aptInstall()
}

/**
 * A PgBouncer before the server of this URL. It takes its connections to the server in turn, so that two transactions of a client are hardly ever on
 * the same one.
 */
export async function startPgbouncer(server: string, pooling: Pooling): Promise<DatabaseServer> {
  const program = (await pgbouncerProgram()) ?? 'pgbouncer'
  const settings = await settingsFor(program, new URL(server), pooling)
  return startServer({
    name: 'pgbouncer',
    endsBy: 'KILL',
    prepare: async (dir) => writeFileSync(join(dir, 'users'), userOf(new URL(server))),
    command: (dir, port) => {
      const place = ['listen_addr = 127.0.0.1', `listen_port = ${port}`, `auth_file = ${join(dir, 'users')}`]
      writeFileSync(join(dir, 'ini'), [...settings, ...place, ''].join('\n'))
      return [program, join(dir, 'ini')]
    },
    url: (port) => behind(server, port),
    ping: greet,
  })
}

async function settingsFor(
  program: string,
  { hostname, port }: URL,
  { mode, preparedStatements }: Pooling,
): Promise<string[]> {
  const { stdout: version } = await promisify(execFile)(program, ['--version'])
  return [
    ...['[databases]', `* = host=${hostname} port=${port || 5432}`],
    ...['[pgbouncer]', `pool_mode = ${mode}`, 'server_round_robin = 1', 'auth_type = trust'],
    ...(preparedStatements !== undefined && knowsThem(version)
      ? [`max_prepared_statements = ${preparedStatements}`]
      : []),
  ]
}

const userOf = ({ username, password }: URL) =>
  `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`

function knowsThem(version: string): boolean {
  const [, minor = '0'] = /PgBouncer 1\.(\d+)/.exec(version) ?? []
  return Number(minor) >= 21
}

function behind(server: string, port: number): string {
  const url = new URL(server)
  url.host = `127.0.0.1:${port}`
  return url.href
}

async function greet(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
  } finally {
    await client.end()
  }
}

function installed(): string | undefined {
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/bin']
  return places.map((place) => join(place, 'pgbouncer')).find((file) => existsSync(file))
}

async function aptInstall(): Promise<string | undefined> {
  console.warn('[databases] installing PgBouncer with apt-get, once')
  const install = 'apt-get update && apt-get install -y --no-install-recommends pgbouncer'
  await runWithApt(`test -x /usr/sbin/pgbouncer || { ${install}; }`)
  return installed()
}
