import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../packages/posthaste/test/support/databases/server.ts'
import { until } from '../packages/posthaste/test/support/wait.ts'

/** A web app in a process of its own, which ends with it. */
export interface Site extends AsyncDisposable {
  readonly url: string
  /** The status of its answer, and what it says. */
  ask(path: string, request?: RequestInit): Promise<{ status: number; body: string }>
  /** What it has printed so far. */
  said(): string
  /** As a platform stops it. Throws where it, or what it has started, does not end by itself. */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<void>
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
    detached: true,
  })
  const exit = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)))
  const ended = () => child.exitCode !== null || child.signalCode !== null
  const site: Site = {
    url,
    async ask(path, request) {
      const answer = await fetch(url + path, request)
      return { status: answer.status, body: await answer.text() }
    },
    said: () => said.join(''),
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await until(() => ended() && !signalGroup(child, 0), {
        timeout: 20_000,
        what: `the end of ${command} after ${signal}`,
      })
    },
    async [Symbol.asyncDispose]() {
      signalGroup(child, 'SIGKILL')
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
    throw new Error(`${String(error)}\n${site.said()}`, { cause: error })
  }
  return site
}

/** To the process and all that it has started. False where none of them is left. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}
