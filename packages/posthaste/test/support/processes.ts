import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { QueueConfig } from '../../src/config/queue-config.ts'
import type { WorkerOptions } from '../../src/worker/worker-options.ts'

export interface Child {
  readonly process: ChildProcess
  /** What it has said. */
  readonly said: Record<string, unknown>[]
  /** Waits for it to have said something under this name. */
  heard(name: string): Promise<unknown>
  /** Waits for its end and gives the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

export function workerProcess(config: Partial<QueueConfig>, options: WorkerOptions = {}): Promise<Child> {
  return startProcess('worker-process.ts', [JSON.stringify(config), JSON.stringify(options)], 'started')
}

export function enqueuerProcess(
  kind: string,
  url: string,
  { name, count }: { name: string; count: number },
): Promise<Child> {
  return startProcess('enqueuer-process.ts', [kind, url, name, String(count)])
}

/** Runs a file of this folder with an IPC channel; waits until it has said `first`, where that is given. */
export async function startProcess(file: string, args: string[], first?: string): Promise<Child> {
  const process = fork(new URL(file, import.meta.url), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  // A test that fails leaves nobody behind.
  onTestFinished(() => void process.kill('SIGKILL'))
  const said: Record<string, unknown>[] = []
  process.on('message', (message) => said.push(message as Record<string, unknown>))
  const ended = once(process, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const child: Child = { process, said, ended, heard: (name) => heard(child, name) }
  if (first) await child.heard(first)
  return child
}

async function heard({ process, said, ended }: Child, name: string): Promise<unknown> {
  for (;;) {
    const message = said.find((one) => name in one)
    if (message) return message[name]
    const end = await Promise.race([once(process, 'message').then(() => undefined), ended])
    if (end !== undefined)
      throw new Error(
        `the process ended with ${end} before it said '${name}'; it said ${JSON.stringify(said)}`,
      )
  }
}
