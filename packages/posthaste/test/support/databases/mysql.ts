import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { mysqlProgram } from './mysql-program.ts'
import { type DatabaseServer, type ServerOptions, startServer } from './server.ts'

/** An installed MySQL; where we are root on Debian it is fetched. MariaDB is another database, with a file of its own. */
export async function startMysql({ durable = false, under }: ServerOptions = {}): Promise<DatabaseServer> {
  const given = process.env.POSTHASTE_TEST_MYSQL_URL
  if (given) return { url: given, stop: async () => {} }
  const program = await mysqlProgram()
  return startServer({
    name: 'mysql',
    under,
    endsBy: 'KILL',
    async prepare(dir, run) {
      const [file, ...args] = [...program, ...place(dir), ...size(durable)]
      await writeFile(join(dir, 'users.sql'), administrator)
      await run(file, ...args, '--initialize-insecure', `--init-file=${join(dir, 'users.sql')}`)
      await run('mkdir', join(dir, 'tmp'))
    },
    command: (dir, port) => [
      ...program,
      ...place(dir),
      ...size(durable),
      ...access(dir, port),
      `--tmpdir=${under ? tmpdir() : join(dir, 'tmp')}`,
    ],
    url: (port) => `mysql://root@127.0.0.1:${port}`,
    ping: async (url) => (await createConnection(url)).end(),
  })
}

/** Names are not looked up, so that the one from the start, root@localhost, has no access by TCP. */
const administrator = `create user root@'127.0.0.1';\ngrant all on *.* to root@'127.0.0.1' with grant option;\n`

const place = (dir: string) => [`--datadir=${join(dir, 'data')}`, '--secure-file-priv=NULL']

const access = (dir: string, port: number) => [
  `--socket=${join(dir, 'socket')}`,
  `--pid-file=${join(dir, 'pid')}`,
  `--port=${port}`,
  '--bind-address=127.0.0.1',
  '--mysqlx=OFF',
  '--skip-name-resolve',
  '--max-connections=200',
]

const size = (durable: boolean) => [
  '--innodb-buffer-pool-size=64M',
  '--innodb-redo-log-capacity=64M',
  '--skip-log-bin',
  '--performance-schema=OFF',
  `--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`,
  ...(durable ? [] : ['--innodb-flush-method=nosync']),
]
