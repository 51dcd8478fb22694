import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A command with all that it starts, for npm starts a shell that starts the program. */
export interface Running extends AsyncDisposable {
  /** What it has printed so far. */
  said(): string
  isEnded(): boolean
}

export function startRunning(
  command: string,
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Running {
  const child = spawn('sh', ['-c', command], { cwd, env, detached: true })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)))
  const closed = once(child, 'close')
  const isEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    said: () => said.join(''),
    isEnded,
    async [Symbol.asyncDispose]() {
      if (!isEnded() && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await closed
    },
  }
}
