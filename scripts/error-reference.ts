import { writeFile } from 'node:fs/promises'
import { catalogue } from '../packages/posthaste/src/errors.ts'

/** docs/reference/errors.md, written from the catalogue: `npm run docs:errors` after changing it. */
export const errorReference = [
  '# Errors\n',
  'Every error that Posthaste throws is a `PosthasteError` with one of these codes as its `code`, a message that',
  'says what happened and what to do, and the original error as its `cause`. The codes are covered by semantic',
  'versioning. What a mail server answers is never thrown: it is the outcome of a mail.\n',
  ...Object.entries(catalogue).map(
    ([code, { message, remedy }]) => `## ${code}\n\n${message}.\n\n${remedy}\n`,
  ),
].join('\n')

if (import.meta.main) {
  await writeFile(new URL('../docs/reference/errors.md', import.meta.url), errorReference)
}
