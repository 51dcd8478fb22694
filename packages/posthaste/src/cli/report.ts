import { CommanderError } from 'commander'
import { type ErrorCode, isPosthasteError } from '../errors.ts'
import { cleanJson, cleanLines, colorsFor } from './output.ts'

/** The command line was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}

/** These mean that an argument was wrong, wherever it was found out. */
const calledWrongly: ReadonlySet<ErrorCode> = new Set([
  'PH_ADDRESS_INVALID',
  'PH_FILTER_INVALID',
  'PH_HEADER_INJECTION',
  'PH_MAIL_INVALID',
  'PH_NO_RECIPIENTS',
  'PH_OPTION_INVALID',
  'PH_OPTION_UNKNOWN',
  'PH_SENSITIVE',
  'PH_STREAM_UNKNOWN',
  'PH_TRANSPORT_UNKNOWN',
])

/** Says what went wrong, and gives the exit code: 1 it failed, 2 it was called wrongly. */
export function report(error: unknown, { json }: { json: boolean }): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  if (error instanceof CommanderError && error.code === 'commander.help') return 2
  const { code, message, exit, stack } = read(error)
  const text = json ? cleanJson(JSON.stringify({ error: { code, message } })) : (stack ?? said(message))
  process.stderr.write(`${text}\n`)
  return exit
}

interface Failure {
  readonly code: string
  readonly message: string
  readonly exit: 1 | 2
  /** Only of an error that is not expected. */
  readonly stack?: string | undefined
}

function read(error: unknown): Failure {
  if (error instanceof CommanderError)
    return { code: 'USAGE', message: error.message.replace(/^error: /, ''), exit: 2 }
  if (error instanceof UsageError) return { code: error.code, message: error.message, exit: 2 }
  if (isPosthasteError(error))
    return { code: error.code, message: error.message, exit: calledWrongly.has(error.code) ? 2 : 1 }
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'UNEXPECTED',
    message,
    exit: 1,
    stack: cleanLines((error instanceof Error ? error.stack : undefined) ?? message),
  }
}

function said(message: string): string {
  return `${colorsFor(process.stderr).red('error:')} ${cleanLines(message)}`
}
