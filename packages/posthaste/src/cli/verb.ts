import type { Command } from 'commander'

export interface VerbText {
  readonly does: string
  /** At least one; shown by --help and in the reference. */
  readonly examples: readonly [string, ...string[]]
}

const examplesOf = new WeakMap<Command, readonly string[]>()

/** Adds a command. */
export function verb(parent: Command, name: string, { does, examples }: VerbText): Command {
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
