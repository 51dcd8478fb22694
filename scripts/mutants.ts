// npm run mutants [-- --changed | file…]: mutates what decides, and says what the tests did not notice.
import { readFileSync } from 'node:fs'
import { type MutantResult, Stryker } from '@stryker-mutator/core'
import { changed } from './mutants/changed.ts'
import { type Equivalent, equivalents } from './mutants/equivalents.ts'
import { budget, least, stryker, targets } from './mutants/options.ts'

const source = 'packages/posthaste/src/'

interface Tested {
  readonly file: string
  readonly killed: number
  /** Of how many; without those that are known to do the same. */
  readonly all: number
  readonly survivors: readonly MutantResult[]
  /** Said to do the same, and not all of them survived, or more did. */
  readonly stale: readonly Equivalent[]
}

const args = process.argv.slice(2)
const isChanged = args.includes('--changed')
const tested = isChanged
  ? await withinBudget(changed(source, targets))
  : await mutate(args.length > 0 ? args : targets)
report(tested)

/** One file after the other, but for those that are not likely to end in time. */
async function withinBudget(files: readonly string[]): Promise<Tested[]> {
  const began = Date.now()
  const [done, left]: [Tested[], string[]] = [[], []]
  console.log(`Changed: ${files.join(', ') || 'nothing that is mutated'}`)
  for (const file of files) {
    const spent = Date.now() - began
    const lines = done.reduce((sum, one) => sum + linesOf(one.file), 0)
    if (lines > 0 && spent + (spent / lines) * linesOf(file) > budget.most) left.push(file)
    else done.push(...(await mutate([file])))
  }
  if (left.length > 0) console.log(`Left out, for want of time: ${left.join(', ')}`)
  return done
}

function linesOf(file: string): number {
  return readFileSync(source + file, 'utf8').split('\n').length
}

async function mutate(files: readonly string[]): Promise<Tested[]> {
  const mutants = await new Stryker({
    ...stryker,
    mutate: files.map((file) => source + file),
  }).runMutationTest()
  return files.map((file) =>
    testedOf(
      file,
      mutants.filter(({ fileName }) => fileName.endsWith(`/${source}${file}`)),
    ),
  )
}

function testedOf(file: string, mutants: readonly MutantResult[]): Tested {
  const lines = readFileSync(source + file, 'utf8').split('\n')
  const killed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length
  const alive = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
  const known = equivalents.filter((one) => one.file === file)
  const same = known.map((one) => alive.filter((mutant) => isIt(one, mutant, lines)))
  const survivors = alive.filter((mutant) => !same.flat().includes(mutant))
  const stale = known.filter((one, index) => (same[index]?.length ?? 0) !== countOf(one))
  return { file, killed, all: killed + survivors.length, survivors, stale }
}

function countOf({ mutants }: Equivalent): number {
  return typeof mutants === 'number' ? mutants : mutants.length
}

function isIt({ line, mutants }: Equivalent, mutant: MutantResult, lines: readonly string[]): boolean {
  if (!(lines[mutant.location.start.line - 1] ?? '').includes(line)) return false
  return typeof mutants === 'number' || mutants.includes(replacement(mutant))
}

function original({ location: { start, end } }: MutantResult, lines: readonly string[]): string {
  const text = lines.slice(start.line - 1, end.line)
  const last = text.length - 1
  return oneLine(
    text
      .map((line, at) =>
        line.slice(at === 0 ? start.column - 1 : 0, at === last ? end.column - 1 : undefined),
      )
      .join('\n'),
  )
}

function replacement(mutant: MutantResult): string {
  return oneLine(mutant.replacement ?? '')
}

function oneLine(code: string): string {
  return code.replace(/\s+/g, ' ')
}

function report(files: readonly Tested[]): void {
  for (const one of files) listSurvivors(one)
  const total = { file: 'total', killed: sum(files, 'killed'), all: sum(files, 'all') }
  for (const one of [...files, total])
    console.log(
      `${percent(one).toFixed(1).padStart(6)} %  ${String(one.killed).padStart(5)} of ${String(one.all).padEnd(5)}  ${one.file}`,
    )
  const low = files.filter((one) => percent(one) < least.file).map(({ file }) => file)
  if (low.length > 0) console.log(`Below ${least.file} %: ${low.join(', ')}`)
  if (!isChanged && percent(total) < least.overall) console.log(`Below ${least.overall} % in all`)
  const isLow = low.length > 0 || (!isChanged && percent(total) < least.overall)
  if (isLow) process.exitCode = 1
}

function listSurvivors({ file, survivors, stale }: Tested): void {
  const lines = readFileSync(source + file, 'utf8').split('\n')
  for (const mutant of survivors)
    console.log(
      `${file}:${mutant.location.start.line}  ${original(mutant, lines)}  →  ${replacement(mutant)}`,
    )
  for (const { line } of stale)
    console.log(`${file}: equivalents.ts says another number of survivors for: ${line}`)
}

function sum(files: readonly Tested[], what: 'killed' | 'all'): number {
  return files.reduce((all, one) => all + one[what], 0)
}

function percent({ killed, all }: { killed: number; all: number }): number {
  return all === 0 ? 100 : (100 * killed) / all
}
