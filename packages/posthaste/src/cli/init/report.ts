import type { Colors } from '../output.ts'
import type { Done, PlacedFile, PlacedScript } from './carry-out.ts'
import type { Project } from './project.ts'
import type { Step } from './steps.ts'

interface Told {
  readonly project: Project
  readonly steps: readonly Step[]
  readonly done: Done
  readonly isDry: boolean
}

/** What init found, what it did, and what is next. */
export function reportText({ project, steps, done, isDry }: Told, colors: Colors): string {
  const wrote = isDry ? 'would write' : 'wrote'
  return [
    found(project),
    '',
    ...done.files.map((file) => fileLine(file, { wrote, isDry })),
    ...done.scripts.map((script) => scriptLine(script, wrote)),
    '',
    colors.bold('Next:'),
    ...stepLines(steps),
  ].join('\n')
}

export function reportJson({ project, steps, done, isDry }: Told): object {
  const { framework, driver, kind, language, modules } = project
  const about = { framework: framework.name, driver: driver.name, database: kind, language, modules }
  return { dryRun: isDry, ...about, ...done, next: steps }
}

function found({ framework, driver, kind, language, modules }: Project): string {
  const said = framework.reads === 'bundled' ? [] : [modules]
  return `Found: ${[framework.name, `${kind} by ${driver.name}`, language, ...said].join(', ')}`
}

function fileLine(
  { verdict, file, there, text }: PlacedFile,
  say: { wrote: string; isDry: boolean },
): string {
  if (verdict === 'unchanged') return row('unchanged', file)
  if (verdict === 'written') return row(say.wrote, say.isDry ? `${file}:\n${indented(text)}` : file)
  return row('kept', `${there ?? file}, which is there; ${file} would have been:\n${indented(text)}`)
}

function scriptLine({ verdict, name, runs }: PlacedScript, wrote: string): string {
  const script = `script "${name}" in package.json`
  if (verdict === 'kept') return row('kept', `${script}, which is there; it would have been "${runs}"`)
  return row(verdict === 'written' ? wrote : verdict, `${script}: "${runs}"`)
}

function row(verdict: string, what: string): string {
  return `  ${verdict.padEnd(13)}${what}`
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '      ')
}

function stepLines(steps: readonly Step[]): string[] {
  return steps.map(({ does, about }, n) => `  ${n + 1}. ${does}${about === '' ? '' : `   # ${about}`}`)
}
