import type { Command } from 'commander'

const codes = new WeakMap<Command, number>()

/** What the program will exit with, said by one of its commands. */
export function exitWith(command: Command, code: number): void {
  codes.set(rootOf(command), code)
}

export function exitCodeOf(program: Command): number {
  return codes.get(program) ?? 0
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command
}
