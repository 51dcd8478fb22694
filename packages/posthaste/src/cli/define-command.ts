import type { Command } from 'commander'

export interface CommandText {
  readonly does: string
  /** At least one; shown by --help and in the reference. */
  readonly examples: readonly [string, ...string[]]
}

const examplesOf = new WeakMap<Command, readonly string[]>()
const exitCodes = new WeakMap<Command, number>()

/** Adds a command. */
export function defineCommand(parent: Command, name: string, { does, examples }: CommandText): Command {
  const command = parent.command(name).description(does)
  examplesOf.set(command, examples)
  return command.addHelpText(
    'after',
    `\n${examples.length > 1 ? 'Examples' : 'Example'}:\n${examples.map((line) => `  $ ${line}`).join('\n')}`,
  )
}

export function examples(command: Command): readonly string[] {
  return examplesOf.get(command) ?? []
}

/** What the program will exit with, said by one of its commands. */
export function exitWith(command: Command, code: number): void {
  exitCodes.set(rootOf(command), code)
}

export function exitCodeOf(program: Command): number {
  return exitCodes.get(program) ?? 0
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command
}
