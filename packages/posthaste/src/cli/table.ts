import { createRequire } from 'node:module'
import { clean, type Output } from './output.ts'

export interface Column<Row> {
  readonly title: string
  readonly of: (row: Row) => string | number
  readonly right?: true
  /** Gives way where the terminal is too narrow. */
  readonly shrinks?: true
  readonly color?: (row: Row, text: string) => string
}

/** Aligned columns under their titles; in a pipe nothing is cut off. */
export function table<Row>(out: Output, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map(({ of }) => clean(String(of(row)))))
  const titles = columns.map(({ title }) => title)
  const widths = fit(
    columns,
    titles.map((title, at) =>
      Math.max(...[title, ...cells.map((row) => row[at] ?? '')].map((text) => widthOf(text))),
    ),
    out.width,
  )
  const line = (texts: readonly string[], paint: (at: number, text: string) => string) =>
    texts
      .map((text, at) => paint(at, aligned(text, widths[at] ?? 0, columns[at]?.right)))
      .join('  ')
      .trimEnd()
  return [
    line(titles, (_, text) => out.colors.dim(text)),
    ...rows.map((row, n) => line(cells[n] ?? [], (at, text) => columns[at]?.color?.(row, text) ?? text)),
  ].join('\n')
}

/** Name and value, one to a line. */
export function pairs(out: Output, given: readonly (readonly [string, string | undefined])[]): string {
  const shown = given.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${out.colors.dim(name.padEnd(width))}  ${value}`).join('\n')
}

function fit<Row>(columns: readonly Column<Row>[], widths: number[], room: number): number[] {
  const excess = widths.reduce((sum, width) => sum + width + 2, -2) - room
  if (excess <= 0) return widths
  const share = excess / columns.filter(({ shrinks }) => shrinks).length
  return widths.map((width, at) => (columns[at]?.shrinks ? Math.max(10, Math.floor(width - share)) : width))
}

function aligned(text: string, width: number, right: true | undefined): string {
  const cut = widthOf(text) > width ? cutTo(text, width) : text
  const space = ' '.repeat(Math.max(0, width - widthOf(cut)))
  return right ? space + cut : cut + space
}

function cutTo(text: string, width: number): string {
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

let measure: ((text: string) => number) | undefined

/** Columns on a terminal. What measures wide letters and emoji is loaded where there are any. */
function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  measure ??= createRequire(import.meta.url)('string-width').default as (text: string) => number
  return measure(text)
}
