import { Command } from 'commander'
import { version } from '../version.ts'
import { commands } from './commands/index.ts'
import { exitCodeOf } from './define-command.ts'
import { report } from './report.ts'

/** Runs the command line, and ends the process: an app's own pool that a configuration opened would keep it alive. */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateBrokenPipe()
  process.exitCode = await run(argv)
  process.stdout.write('', () => process.exit())
}

/** Runs one call, and gives its exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = createProgram()
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCodeOf(program)
  } catch (error) {
    return report(error, { json: argv.includes('--json') })
  }
}

/** The command line as it stands: its commands, their options and examples. */
export function createProgram(): Command {
  const program = new Command('posthaste')
    .description('A transactional mail queue: mail waits in your own database, and is delivered from there.')
    .version(version)
    .option(
      '--config <file>',
      'the configuration (default: the nearest posthaste.config.{ts,mts,cts,js,mjs,cjs}, there or in src/, dist/, build/ or out/, up to the folder of the nearest package.json)',
    )
    .option('--env-file <file>', 'set the environment from this file, in place of .env and its kind')
    .option(
      '--import <module>',
      'load this module of the project before the configuration: tsx, for instance',
    )
    .option('--json', 'print JSON, errors too')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError()
    .exitOverride()
  for (const add of commands) add(program)
  return program
}

const gone = new Set<string | undefined>(['EPIPE', 'EIO'])

/** The reader of a pipe may go away, as `head` does, and so may a terminal. */
function tolerateBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!gone.has(error.code)) throw error
    })
}
