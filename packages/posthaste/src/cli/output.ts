import { styleText } from 'node:util'

const styles = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const

export type Colors = Readonly<Record<(typeof styles)[number], (text: string) => string>>

/** Colour on a terminal that wants it (NO_COLOR, FORCE_COLOR), and nowhere else. */
export function colorsFor(stream: Pick<NodeJS.WriteStream, 'isTTY'>): Colors {
  const paint = (style: (typeof styles)[number]) => (text: string) =>
    stream.isTTY ? styleText(style, text, { stream: stream as NodeJS.WriteStream }) : text
  return Object.fromEntries(styles.map((style) => [style, paint(style)])) as Record<
    (typeof styles)[number],
    (text: string) => string
  >
}

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
      const said = json
        ? cleanJson(JSON.stringify(value, null, 2))
        : printable(typeof text === 'string' ? text : text())
      if (said !== '') stdout.write(`${said}\n`)
    },
    line: (value, text) =>
      void stdout.write(`${json ? cleanJson(JSON.stringify(value)) : printable(text)}\n`),
    note: (text) => void (json || stderr.write(`${printable(text)}\n`)),
  }
}

/** Text of strangers (subjects, replies, addresses) that cannot steer a terminal: control and direction characters are shown, not obeyed. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, shown)
}

const colour = new RegExp(`(${String.fromCharCode(27)}\\[\\d{1,2}m)`)

/** What is left of a text when only its lines and colours may steer a terminal: whatever a command forgot to clean. */
function printable(text: string): string {
  return text
    .split(colour)
    .map((part) => (colour.test(part) ? part : cleanLines(part)))
    .join('')
}

/** JSON escapes but the oldest control characters; the others stand in strings only, where an escape means the same. */
export function cleanJson(json: string | undefined): string {
  return json === undefined ? '' : cleanLines(json)
}

/** The same for whole texts: lines and tabs stay. */
export function cleanLines(text: string): string {
  return text.replace(/[^\r\n\t]+/g, clean)
}

function shown(character: string): string {
  if (/[\r\n\t]/.test(character)) return ' '
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
