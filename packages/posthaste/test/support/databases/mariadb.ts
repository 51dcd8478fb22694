import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { runWithApt } from './apt.ts'
import { type DatabaseServer, type ServerOptions, startServer } from './server.ts'

/**
 * An installed MariaDB; where we are root on Debian it is installed. Each has a folder of its own for temporary tables, for one that starts deletes
 * what it finds there: very likely why another was seen to end while it made such a table. A small disk is for what is stored.
 */
export async function startMariadb({ durable = false, under }: ServerOptions = {}): Promise<DatabaseServer> {
  const given = process.env.POSTHASTE_TEST_MARIADB_URL
  if (given) return { url: given, stop: async () => {} }
  const [server, install] = await installedPrograms()
  return startServer({
    name: 'mariadb',
    under,
    endsBy: 'KILL',
    async prepare(dir, run) {
      const data = `--datadir=${join(dir, 'data')}`
      const access = ['--auth-root-authentication-method=normal', '--skip-name-resolve', '--skip-test-db']
      await run(install, '--no-defaults', data, ...access)
      await run('mkdir', join(dir, 'tmp'))
    },
    command: (dir, port) => [
      server,
      '--no-defaults',
      ...settings(dir, { port, durable }),
      `--tmpdir=${under ? tmpdir() : join(dir, 'tmp')}`,
    ],
    url: (port) => `mysql://root@127.0.0.1:${port}`,
    ping: async (url) => (await createConnection(url)).end(),
  })
}

function settings(dir: string, { port, durable }: { port: number; durable: boolean }): string[] {
  const place = [
    `--datadir=${join(dir, 'data')}`,
    `--socket=${join(dir, 'socket')}`,
    `--pid-file=${join(dir, 'pid')}`,
  ]
  const access = [
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--max-connections=200',
  ]
  const size = ['--innodb-buffer-pool-size=64M', '--skip-log-bin', '--performance-schema=OFF']
  return [...place, ...access, ...size, `--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`]
}

async function installedPrograms(): Promise<[server: string, install: string]> {
  const found = programs() ?? (await aptInstall())
  if (!found) throw new Error('no MariaDB: install mariadb-server, or set POSTHASTE_TEST_MARIADB_URL')
  return found
}

function programs(): [string, string] | undefined {
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin', '/usr/local/bin']
  const [server, install, defaults] = ['mariadbd', 'mariadb-install-db', 'my_print_defaults'].map((program) =>
    places.map((place) => join(place, program)).find((file) => existsSync(file)),
  )
  return server && install && defaults ? [server, install] : undefined
}

/** The programs alone (`-core`): no service is set up or started. */
async function aptInstall(): Promise<[string, string] | undefined> {
  console.warn('[databases] installing MariaDB with apt-get, once')
  const packages = 'mariadb-server-core mariadb-client-core'
  const install = `apt-get update && apt-get install -y --no-install-recommends ${packages}`
  await runWithApt(`test -x /usr/bin/my_print_defaults && command -v mariadbd || { ${install}; }`)
  return programs()
}
