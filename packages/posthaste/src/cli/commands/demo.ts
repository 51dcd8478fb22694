import type { Command } from 'commander'
import { defineCommand, exitWith } from '../define-command.ts'

export function demo(program: Command): void {
  defineCommand(program, 'demo', {
    does: 'Watch it work: a queue on SQLite, a local mail server, transactions that commit and roll back, a worker',
    examples: ['posthaste demo'],
  }).action(async (_, command: Command) => {
    const { runDemo } = await import('../../demo/demo.ts')
    exitWith(command, await runDemo())
  })
}
