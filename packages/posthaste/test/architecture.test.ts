import { expect, test } from 'vitest'
import { libraries, mayImport, placeOf } from '../../../scripts/house/layers.ts'
import { importsThatRise } from '../../../scripts/house/rules.ts'
import { importsOf, readSources } from '../../../scripts/house/sources.ts'

const sources = readSources()

test('every folder has its place in the layers', () => {
  expect(sources.filter(({ file }) => placeOf(file) === undefined).map(({ file }) => file)).toEqual([])
})

test('imports go downwards only', () => {
  expect(importsThatRise(sources, mayImport)).toEqual([])
})

test('only its own places load a library', () => {
  const loads = sources.flatMap(importsOf).filter(({ types }) => !types)
  const wrong = loads.filter(({ from, to }) =>
    libraries[to.split('/')[0] ?? '']?.every((place) => !from.startsWith(place)),
  )
  expect(wrong).toEqual([])
})

test('only the command line reads the environment, and one file whether this is production', () => {
  const reads = /^ *[^ */].*process\.env/m
  const readers = sources.filter(({ file, text }) => !file.startsWith('cli/') && reads.test(text))
  expect(readers.map(({ file }) => file)).toEqual(['environment.ts'])
})

test('no file is long, and none is a drawer', () => {
  expect(sources.filter(({ lines }) => lines > 250).map(({ file }) => file)).toEqual([])
  expect(sources.filter(({ file }) => /\b(utils|types|helpers)\.ts$/.test(file))).toEqual([])
})
