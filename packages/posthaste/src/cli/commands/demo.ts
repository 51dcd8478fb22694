import { fork } from 'node:child_process'
import type { Command } from 'commander'
import { defineCommand, exitWith } from '../define-command.ts'

export function demo(program: Command): void {
  defineCommand(program, 'demo', {
    does: 'Watch it work, in some ten seconds: a rollback, a worker that is killed, a mail server that dies and comes back; all counted at that server',
    examples: ['posthaste demo'],
  }).action(async (_, command: Command) => {
    const { runDemo } = await import('../../demo/demo.ts')
    const { runDemoWorker } = await import('../../demo/killed-worker.ts')
    const settings = process.env.POSTHASTE_DEMO_WORKER
    if (settings !== undefined) return runDemoWorker(settings)
    exitWith(command, await runDemo(startProcess))
  })
}

/** This program once more, which a variable tells that it is the worker. */
function startProcess(settings: string) {
  return fork(process.argv[1] ?? '', ['demo'], {
    env: { ...process.env, POSTHASTE_DEMO_WORKER: settings },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}
