import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const pure = 'a file of src/ that is not named here'
/** Each place may import from its own line and those above it, and from its own folder. */
const layers = [
  [pure, 'mail/', 'config/durations'],
  ['connections/', 'store/', 'transactions/', 'transports/'],
  ['options', 'config/', 'queue/'],
  ['worker/'],
  ['queue/mail-queue', 'queue/create-mail-queue'],
  ['http/', 'demo/'],
  ['cli/', 'testing/', 'index'],
]
/** These do not import each other, but that the command line serves http. */
const strangers = ['cli/', 'testing/', 'http/']
/** Libraries that only these places may load; their types may be named anywhere, except for kysely's. */
const libraries: Record<string, string[]> = {
  kysely: ['store/', 'connections/'],
  nodemailer: ['transports/', 'mail/', 'demo/'],
}

const root = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const imports = [...sources].flatMap(([file, source]) => importsOf(file, source))

test('every folder has its place in the layers', () => {
  expect(files.filter((file) => placeOf(file) === undefined)).toEqual([])
})

test('imports go downwards only', () => {
  const abroad = imports.filter(
    ({ from, to }) => sources.has(to) && (dirname(from) === '.' || dirname(from) !== dirname(to)),
  )
  expect(abroad.filter(({ from, to }) => !mayImport(placeOf(from), placeOf(to)))).toEqual([])
})

test('only its own places load a library', () => {
  const loads = imports.filter(({ to, types }) => to.startsWith('kysely') || !types)
  const wrong = loads.filter(({ from, to }) =>
    libraries[to.split('/')[0] ?? '']?.every((place) => !from.startsWith(place)),
  )
  expect(wrong).toEqual([])
})

test('only the command line reads the environment', () => {
  const reads = /^ *[^ */].*process\.env/m
  expect(files.filter((file) => !file.startsWith('cli/') && reads.test(sources.get(file) ?? ''))).toEqual([])
})

test('no file is long, and none is a drawer', () => {
  expect(files.filter((file) => (sources.get(file)?.split('\n').length ?? 0) > 251)).toEqual([])
  expect(files.filter((file) => /\b(utils|types|helpers)\.ts$/.test(file))).toEqual([])
})

function mayImport(from = '', to = ''): boolean {
  if (from === to) return true
  if (strangers.includes(from) && strangers.includes(to)) return from + to === 'cli/http/'
  return to !== 'index' && rank(from) >= rank(to)
}

const rank = (place: string) => layers.findIndex((places) => places.includes(place))

function placeOf(file: string): string | undefined {
  const places = layers
    .flat()
    .filter((place) => place === file.replace('.ts', '') || (place.endsWith('/') && file.startsWith(place)))
  return places.sort((a, b) => b.length - a.length)[0] ?? (file.includes('/') ? undefined : pure)
}

function importsOf(from: string, source: string): { from: string; to: string; types: boolean }[] {
  const found = source.matchAll(
    /^(?:import|export)( type)?(?: [^'"()=]*? from)? '([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...found].map(([, types, name, dynamic = '']) => {
    const to = name ?? dynamic
    return { from, to: to.startsWith('.') ? join(dirname(from), to) : to, types: types !== undefined }
  })
}
