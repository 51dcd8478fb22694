import { styleText } from 'node:util'
import type { Line } from './tally.ts'

/** Coloured where standard output is a terminal that wants it. */
const paintIn = (style: Parameters<typeof styleText>[0]) => (text: string) => styleText(style, text)

export const bold = paintIn('bold')
export const green = paintIn('green')
export const red = paintIn('red')
const [cyan, dim, magenta, yellow] = [paintIn('cyan'), paintIn('dim'), paintIn('magenta'), paintIn('yellow')]

const paints: Readonly<Record<string, (text: string) => string>> = {
  commit: green,
  rollback: magenta,
  'kill -9': red,
  rescued: green,
  'is down': red,
  'is back': green,
  'backs off': yellow,
}
/** Widths: a row has at most 80 characters. */
const [verbs, titles] = [10, 31]

/** What the demo shows: lines that stay, and on a terminal one last line that changes. */
export class Screen {
  readonly #out = process.stdout
  #passing = ''

  /** One line that stays. */
  say(text = ''): void {
    this.#out.write(`${this.#erased()}${text}\n${this.#passing}`)
  }

  chapter(number: number, title: string): void {
    this.say(`\n  ${bold(`${number}  ${title}`)}`)
  }

  did(verb: string, what: string): void {
    this.say(`  ${painted(verb)}${what}`)
  }

  /** Replaces the line that passes. */
  pass(text: string): void {
    if (!this.#out.isTTY) return
    const before = this.#erased()
    this.#passing = text === '' ? '' : `  ${cyan('▸')} ${text}`
    this.#out.write(`${before}${this.#passing}`)
  }

  /** How many must arrive, how many the server counted, how many have that fate on record. */
  table(lines: readonly Line[]): void {
    this.say(`  ${dim(`${''.padEnd(verbs + titles)}${['meant', 'server', 'queue'].map(inColumn).join('')}`)}`)
    for (const line of lines) this.say(`  ${rowOf(line)}`)
  }

  #erased(): string {
    return this.#passing === '' ? '' : '\r\u001B[2K'
  }
}

function rowOf({ title, verb, expected, server, queue, says, ok }: Line): string {
  const figures = [expected, server, queue].map((figure) => inColumn(figure.toLocaleString('en')))
  const verdict = ok ? green('ok') : red(bold('WRONG'))
  return `${painted(verb ?? '')}${title.padEnd(titles)}${figures.join('')} ${dim(says.padEnd(12))}${verdict}`
}

function inColumn(text: string): string {
  return text.padStart(7)
}

function painted(verb: string): string {
  const paint = paints[verb]
  return paint ? paint(verb.padEnd(verbs)) : verb.padEnd(verbs)
}
