import { type Colors, colorsFor } from './colors.ts'

/** Where a command writes: results to stdout, what is said beside them to stderr. */
export interface Output {
  readonly json: boolean
  /** Both ends are a person's: ask, colour, draw. */
  readonly terminal: boolean
  readonly colors: Colors
  /** Columns; Infinity in a pipe, where nothing is cut off. */
  readonly width: number
  /** The result: with --json the value, else the text. */
  result(value: unknown, text: string | (() => string)): void
  /** One line of many: with --json the value on a line of its own. */
  line(value: unknown, text: string): void
  /** Said beside the result; silent with --json. */
  note(text: string): void
}

export function createOutput({ json = false }: { json?: boolean | undefined }): Output {
  const { stdout, stderr } = process
  return {
    json,
    terminal: stdout.isTTY === true && process.stdin.isTTY === true && !json,
    colors: colorsFor(stdout),
    width: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
    result(value, text) {
      const said = json ? JSON.stringify(value, null, 2) : typeof text === 'string' ? text : text()
      if (said !== '') stdout.write(`${said}\n`)
    },
    line: (value, text) => void stdout.write(`${json ? JSON.stringify(value) : text}\n`),
    note: (text) => void (json || stderr.write(`${text}\n`)),
  }
}
