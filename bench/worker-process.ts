import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export interface Usage {
  readonly cpu: NodeJS.CpuUsage
  readonly rss: number
  /** Sent to PostgreSQL so far. */
  readonly statements: number
}

export interface WorkerProcess {
  usage(): Promise<Usage>
  end(): Promise<void>
}

export async function startWorker(config: object, options: object): Promise<WorkerProcess> {
  const child: ChildProcess = fork(
    new URL('worker.ts', import.meta.url),
    [JSON.stringify(config), JSON.stringify(options)],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
    },
  )
  await once(child, 'message')
  return {
    async usage() {
      const answer = once(child, 'message')
      child.send('usage')
      return (await answer)[0] as Usage
    },
    async end() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** Runs a file with arguments as JSON, and gives the first thing that it tells. */
export async function told(file: URL, args: readonly unknown[]): Promise<Record<string, unknown>> {
  const child = fork(
    file,
    args.map((arg) => JSON.stringify(arg)),
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'] },
  )
  const ended = once(child, 'exit')
  const failed = ended.then(([code]) => {
    throw new Error(`${file.pathname} ended with ${code} and told nothing`)
  })
  const [message] = await Promise.race([once(child, 'message'), failed])
  await ended
  return message
}

/** Milliseconds of processor time between two readings. */
export function cpuBetween(before: Usage, after: Usage): number {
  return (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1_000
}
