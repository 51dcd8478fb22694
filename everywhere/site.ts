import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../packages/posthaste/test/support/databases/server.ts'
import { until } from '../packages/posthaste/test/support/wait.ts'

/** A web app in a process of its own, which ends with it. */
export interface Site extends AsyncDisposable {
  /** The status of its answer, and what it says. */
  ask(path: string, request?: RequestInit): Promise<{ status: number; body: string }>
  /** As a platform stops it. Throws where it does not end by itself. */
  stop(): Promise<void>
}

/** @param command that listens on the port that `PORT` names */
export async function startSite(
  command: string,
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Site> {
  const port = await freePort()
  const child = spawn('sh', ['-c', `exec env ${command}`], {
    cwd,
    env: { ...env, PORT: String(port), HOSTNAME: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)))
  const ended = () => child.exitCode !== null || child.signalCode !== null
  const site: Site = {
    async ask(path, request) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, request)
      return { status: answer.status, body: await answer.text() }
    },
    async stop() {
      child.kill('SIGTERM')
      await until(ended, { timeout: 20_000, what: `the end of ${command} after SIGTERM` })
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exit
    },
  }
  try {
    await until(async () => ended() || (await site.ask('/')), {
      timeout: 60_000,
      what: `an answer of ${command}`,
    })
    if (ended()) throw new Error(`${command} ended`)
  } catch (error) {
    await site[Symbol.asyncDispose]()
    throw new Error(`${String(error)}\n${said.join('')}`, { cause: error })
  }
  return site
}
