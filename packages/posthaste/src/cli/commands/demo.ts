import type { Command } from 'commander'
import { verb } from '../verb.ts'

export function demo(program: Command): void {
  verb(program, 'demo', {
    does: 'Watch it work: a queue on SQLite, a local mail server, transactions that commit and roll back, a worker',
    examples: ['posthaste demo'],
  }).action(async () => {
    const { runDemo } = await import('../../demo/demo.ts')
    process.exitCode = await runDemo()
  })
}
