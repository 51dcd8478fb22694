import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { errorReference } from '../../../scripts/error-reference.ts'
import { catalogue } from '../src/errors.ts'

test('the error reference lists every code of the catalogue, and no other', async () => {
  const page = await readFile(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')
  const codes = [...page.matchAll(/^## (PH_\w+)$/gm)].map(([, code]) => code)
  expect(codes.sort()).toEqual(Object.keys(catalogue).sort())
})

test('the error reference is what `npm run docs:errors` writes', async () => {
  const page = await readFile(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')
  expect(page).toBe(errorReference)
})
