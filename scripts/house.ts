import { names } from './house/gone-names.ts'
import { mayImport } from './house/layers.ts'
import {
  circles,
  databaseQuestions,
  type Finding,
  finalStates,
  goneNames,
  importsThatRise,
  longLinesInStore,
  sqlOutsideStore,
} from './house/rules.ts'
import { readSources } from './house/sources.ts'

const sources = readSources()
const sizes = sources.map(({ lines }) => lines).sort((a, b) => a - b)
const largest = sources.toSorted((a, b) => b.lines - a.lines)[0]
const crumbs = sources.filter(({ lines }) => lines <= 20).map(({ file, lines }) => `${file} ${lines}`)

/** What the house holds: how much there is of it, how much there may be, and where. */
const rules: readonly (readonly [title: string, most: number, findings: readonly Finding[]])[] = [
  ['files of 20 lines and less', 20, crumbs],
  ['files over 250 lines', 0, sources.filter(({ lines }) => lines > 250).map(({ file }) => file)],
  ['SQL outside store/', 0, sqlOutsideStore(sources)],
  ['lines over 120 characters in store/', 0, longLinesInStore(sources)],
  ['questions which database, outside the engines', 0, databaseQuestions(sources)],
  ['lists of the final states, outside their table', 0, finalStates(sources)],
  ['names that were replaced', 0, goneNames(sources, names)],
  ['circles, of types too', 0, circles(sources)],
  ['imports that run up', 0, importsThatRise(sources, mayImport)],
]

const median = sizes[Math.floor(sizes.length / 2)]
console.log(`files ${sources.length}, median ${median} lines, largest ${largest?.lines} (${largest?.file})`)
for (const [title, most, findings] of rules) {
  const broken = findings.length > most
  console.log(`${broken ? 'BROKEN' : 'holds '} ${title}: ${findings.length} (at most ${most})`)
  if (broken || process.argv.includes('--all'))
    for (const finding of findings) console.log(`         ${finding}`)
}
if (rules.some(([, most, findings]) => findings.length > most)) process.exitCode = 1
