import { cpus, totalmem } from 'node:os'
import { median } from './support.ts'

/** One line of the result. */
export interface Line {
  /** The measure that it belongs to. */
  readonly measure?: string
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly least?: number
  readonly most?: number
  /** What to reach; a ratio, or a time. */
  readonly target?: { readonly atLeast?: number; readonly atMost?: number } | undefined
  /** Why there is no value. */
  readonly skipped?: string
}

export function lineOf(
  what: string,
  values: readonly number[],
  more: { unit: string; target?: Line['target'] },
): Line {
  return { what, value: median(values), least: Math.min(...values), most: Math.max(...values), ...more }
}

export function verdict({ value, target }: Line): string {
  if (!target) return ''
  const reached =
    value >= (target.atLeast ?? Number.NEGATIVE_INFINITY) &&
    value <= (target.atMost ?? Number.POSITIVE_INFINITY)
  return `${target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`} ${reached ? 'reached' : 'MISSED'}`
}

export function print(line: Line): void {
  if (line.skipped) console.log(`${line.what.padEnd(78)} skipped: ${line.skipped}`)
  else console.log(printed(line))
}

function printed(line: Line): string {
  const figure = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3))
  const range =
    line.least === undefined || line.most === undefined ? '' : `(${figure(line.least)}–${figure(line.most)})`
  return `${line.what.padEnd(78)} ${figure(line.value).padStart(8)} ${line.unit.padEnd(8)} ${range.padEnd(16)} ${verdict(line)}`
}

export function machine() {
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memory: totalmem(),
    platform: process.platform,
  }
}

/** Where we lose: the lines that missed, in words. */
export function losses(lines: readonly Line[]): string[] {
  return lines
    .filter((line) => verdict(line).includes('MISSED'))
    .map((line) => `${line.what}: ${line.value.toPrecision(3)} ${line.unit} (${verdict(line)})`)
}
