import type { Build } from './build.ts'
import { stateOf } from './choose.ts'
import type { Judgement } from './judge.ts'
import type { Found, Report } from './run.ts'

export const faults = ['lost', 'phantom', 'unflagged', 'outOfPolicy'] as const satisfies (keyof Judgement)[]

export function wentWrong({ judgement, waited }: Report): boolean {
  return waited.length > 0 || faults.some((name) => judgement[name].length > 0)
}

/** How much of what there is was died at, and what came of it. */
export function rowsOf(
  { found, struck, missed, resumed, waited, judgement: j }: Report,
  { line }: Build,
): [string, number][] {
  const atNumbers = (hits: readonly Found[]) => new Set(hits.map(({ place }) => place))
  const states = new Set(struck.map(stateOf))
  const struckAt = atNumbers(found.filter((hit) => states.has(stateOf(hit))))
  const reached = atNumbers(found)
  return [
    ['places in the line of the worker', line.length],
    ['of them reached', line.filter(({ number }) => reached.has(number)).length],
    ['of them struck at', line.filter(({ number }) => struckAt.has(number)).length],
    ['points: place, path and time', new Set(found.map(({ key }) => key)).size],
    ['states: points with no traffic between them', new Set(found.map(stateOf)).size],
    ['workers struck', struck.length],
    ['workers resumed at once, within a write', resumed.length],
    ['workers that came by otherwise', missed.length],
    ['streams that WAITED for the stopped', waited.length],
    ['LOST', j.lost.length],
    ['PHANTOM', j.phantom.length],
    ['second copies UNFLAGGED', j.unflagged.length],
    ['OUT OF POLICY', j.outOfPolicy.length],
    ['second copies flagged', j.flagged],
    ['held in doubt, as they asked', j.held],
  ]
}

export function print(title: string, report: Report, build: Build): void {
  console.log(`\n${title}`)
  for (const [name, value] of rowsOf(report, build)) console.log(`  ${name.padEnd(46)} ${value}`)
  for (const stream of report.waited) console.log(`  waited: ${stream}`)
  for (const name of faults)
    for (const one of report.judgement[name].slice(0, 20)) console.log(`  ${name}: ${one}`)
}

/** The places of the line that no run has come to, by file. */
export function printUnreached(reports: readonly Report[], { line }: Build): void {
  const reached = new Set(reports.flatMap(({ found }) => found.map(({ place }) => place)))
  const left = line.filter(({ number }) => !reached.has(number))
  console.log(`\nnot reached in any of these runs: ${left.length} of ${line.length} places`)
  for (const [file, places] of Map.groupBy(left, (one) => one.file))
    console.log(
      `  ${file}: ${places.map((one) => `${one.line}${one.kind === 'await' ? '' : ` (${one.kind})`}`).join(', ')}`,
    )
}
