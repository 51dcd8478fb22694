import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { databaseKinds, describeDatabase } from './support/databases.ts'
import { listExamples, runExample } from './support/examples.ts'
import { startSmtp } from './support/smtp.ts'

const examples = await listExamples()

test('every example has a number of its own, and a line in the table', async () => {
  expect(examples.length).toBeGreaterThan(1)
  expect(new Set(examples.map(({ name }) => name.slice(0, 2))).size).toBe(examples.length)
  const table = await readFile(new URL('../../../examples/README.md', import.meta.url), 'utf8')
  expect([...table.matchAll(/^\| \[(\d\d-[^\]]+)\]/gm)].map(([, name]) => name)).toEqual(
    examples.map(({ name }) => name),
  )
})

for (const kind of databaseKinds)
  describeDatabase(kind, 'an example prints what it says, and sends what it has committed', (_, fresh) => {
    const here = examples.filter(({ databases }) => databases.includes(kind))

    test.concurrent.each(here)('$name', { timeout: 150_000 }, async (example) => {
      const server = await startSmtp()
      const { url } = await fresh()
      // A SQLite example has its file where it is run.
      const cwd = kind === 'sqlite' ? dirname(url.slice('sqlite:'.length)) : import.meta.dirname
      const env = { DATABASE_URL: url, POSTHASTE_SMTP_URL: server.url }
      const printed = await runExample(example, { cwd, env })
      const received = await Promise.all(
        server.received.map(async ({ to, parsed }) => ({ to, subject: (await parsed()).subject })),
      )
      await server.close()
      expect(printed).toBe(example.output)
      expect(received).toEqual([{ to: ['ada@example.com'], subject: 'Your order' }])
    })
  })
