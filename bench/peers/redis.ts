import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { runWithApt } from '../../packages/posthaste/test/support/databases/apt.ts'
import { startServer } from '../../packages/posthaste/test/support/databases/server.ts'
import { Skipped } from './peer.ts'

export interface Redis {
  readonly url: string
  /** Which one it is and how durable, for the row. */
  readonly described: string
  stop(): Promise<void>
}

/** The one of the environment, else an installed one; where we are root on Debian it is installed. */
export async function openRedis(): Promise<Redis> {
  const given = process.env.REDIS_URL
  if (given) return { url: given, described: 'the Redis of REDIS_URL, as it is set', stop: async () => {} }
  const program = installed('redis-server', 'valkey-server') ?? (await aptInstall())
  if (!program) throw new Skipped('no Redis: install redis-server or valkey-server, or set REDIS_URL')
  const server = await startServer({
    name: 'redis',
    endsBy: 'KILL',
    // Debian's redis-tools brings the server under another name; it is the server where it is called so.
    prepare: (dir, run) => run('ln', '-s', program, join(dir, 'redis-server')).then(() => {}),
    command: (dir, port) => [
      ...[
        join(dir, 'redis-server'),
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        dir,
        '--save',
        '',
      ],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'],
    ],
    url: (port) => `redis://127.0.0.1:${port}`,
    ping,
  })
  return { url: server.url, described: 'Redis with appendfsync everysec', stop: () => server.stop() }
}

function ping(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('data', (answer) => {
      socket.destroy()
      if (answer.toString().startsWith('+PONG')) resolve()
      else reject(new Error(answer.toString()))
    })
  })
}

function installed(...programs: string[]): string | undefined {
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/local/bin']
  return programs
    .flatMap((program) => places.map((place) => join(place, program)))
    .find((file) => existsSync(file))
}

/** The package without the service: nothing is set up or started. */
async function aptInstall(): Promise<string | undefined> {
  console.warn('[peers] installing Redis with apt-get, once')
  try {
    await runWithApt('apt-get update && apt-get install -y --no-install-recommends redis-tools')
  } catch (error) {
    throw new Skipped(`apt-get could not install redis-tools: ${String(error).slice(0, 200)}`)
  }
  return installed('redis-check-rdb')
}
