import { styleText } from 'node:util'
import type { Line } from './tally.ts'

/** Coloured where standard output is a terminal that wants it. */
const paintIn = (style: Parameters<typeof styleText>[0]) => (text: string) => styleText(style, text)

export const bold = paintIn('bold')
export const green = paintIn('green')
export const red = paintIn('red')
const [cyan, dim, magenta, yellow] = [paintIn('cyan'), paintIn('dim'), paintIn('magenta'), paintIn('yellow')]

/** What the demo shows: lines that stay, and on a terminal one last line that changes. */
export class Screen {
  readonly #out = process.stdout
  #passing = ''

  /** One line that stays. */
  say(text = ''): void {
    this.#out.write(`${this.#erased()}${text}\n${this.#passing}`)
  }

  did(verb: string, what: string): void {
    const paint = { commit: green, rollback: magenta, deferred: yellow }[verb] ?? red
    this.say(`  ${paint(verb.padEnd(10))}${what}`)
  }

  /** Replaces the line that passes. */
  pass(text: string): void {
    if (!this.#out.isTTY) return
    const before = this.#erased()
    this.#passing = text === '' ? '' : `  ${cyan('▸')} ${text}`
    this.#out.write(`${before}${this.#passing}`)
  }

  table(lines: readonly Line[]): void {
    const width = Math.max(...lines.map(({ title }) => title.length))
    const head = `${''.padEnd(width)}${'expected'.padStart(12)}${'at the server'.padStart(16)}${'in the queue'.padStart(16)}`
    this.say(`  ${dim(head)}`)
    for (const line of lines) this.say(`  ${rowOf(line, width)}`)
  }

  #erased(): string {
    return this.#passing === '' ? '' : '\r\u001B[2K'
  }
}

function rowOf({ title, expected, server, queue, says, ok }: Line, width: number): string {
  const figures = [number(expected).padStart(12), number(server).padStart(16), number(queue).padStart(16)]
  return `${title.padEnd(width)}${figures.join('')} ${dim(says.padEnd(12))}${ok ? green('ok') : red(bold('WRONG'))}`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
