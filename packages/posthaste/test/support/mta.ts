import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runWithApt } from './databases/apt.ts'
import { freePort } from './databases/server.ts'
import { until } from './wait.ts'

export interface Mta {
  readonly url: string
  stop(): Promise<void>
}

const program = '/usr/sbin/smtpd'

/**
 * OpenSMTPD: takes mail to anybody at example.com and throws it away, defers later@example.com, refuses everybody else.
 * A string says why there is none.
 */
export async function startMta(): Promise<Mta | string> {
  if (process.getuid?.() !== 0) return 'OpenSMTPD runs as root only'
  if (!existsSync(program)) await install().catch(() => {})
  if (!existsSync(program)) return 'OpenSMTPD is not installed, and apt-get could not install it'
  const dir = await mkdtemp(join(tmpdir(), 'posthaste-mta-'))
  const port = await freePort()
  await writeFile(join(dir, 'smtpd.conf'), configuration(port))
  const server = spawn(program, ['-d', '-f', join(dir, 'smtpd.conf')], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  await until(() => answers(port), { timeout: 20_000, what: 'OpenSMTPD answers' })
  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: async () => {
      server.kill('SIGTERM')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function configuration(port: number): string {
  return `
filter "later" phase rcpt-to match rcpt-to { "later@example.com" } reject "451 4.2.1 Mailbox busy, try later"
table everybody { "@" = "nobody" }
listen on 127.0.0.1 port ${port} hostname localhost filter "later"
action "discard" mda "cat > /dev/null" virtual <everybody>
match from any for domain "example.com" action "discard"
`
}

async function install(): Promise<void> {
  await runWithApt(
    `test -x ${program} || { apt-get update && apt-get install -y --no-install-recommends opensmtpd; }`,
  )
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', (greeting) => {
      resolve(greeting.toString().startsWith('220'))
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
  })
}
