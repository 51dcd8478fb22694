import type { Command } from 'commander'
import type { MailQueue } from '../queue/mail-queue.ts'
import { type ConfigOptions, loadQueue } from './config/load-queue.ts'
import { exitWith } from './define-command.ts'
import { createOutput, type Output } from './output.ts'

/** What every command may be given. */
export interface CommonOptions extends ConfigOptions {
  readonly json?: boolean
}

/** One call of a command. */
export interface Call<Options = object> {
  readonly queue: MailQueue
  /** Where the configuration came from. */
  readonly source: string
  readonly out: Output
  readonly options: Options & CommonOptions
  readonly args: readonly string[]
}

/** A command's action on the queue: opened before, closed after, whatever happens. A number that it gives is the exit code. */
export function usingQueue<Options extends object>(
  work: (call: Call<Options>) => Promise<unknown>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command
    const options = command.optsWithGlobals<Options & CommonOptions>()
    const { queue, source } = await loadQueue(options)
    try {
      const exit = await work({ queue, source, out: createOutput(options), options, args: command.args })
      if (typeof exit === 'number') exitWith(command, exit)
    } finally {
      await queue.close()
    }
  }
}
