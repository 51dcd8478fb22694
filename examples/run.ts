import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFresh } from '../packages/posthaste/test/support/databases/start.ts'
import { type Example, listExamples, runExample } from '../packages/posthaste/test/support/examples.ts'
import { startSmtp } from '../packages/posthaste/test/support/smtp.ts'

const examples = await listExamples()
const [wanted] = process.argv.slice(2)
const example = wanted === undefined ? undefined : examples.find(({ name }) => name.includes(wanted))
if (example) await runOnItsOwn(example)
else console.log(`npm run example -- NAME\n\n${examples.map(({ name }) => name).join('\n')}`)

/** On a database and a mail server of its own, both thrown away, unless the environment names yours. */
async function runOnItsOwn(example: Example): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'posthaste-example-'))
  const smtp = await startSmtp()
  const database = await findDatabase(example)
  try {
    const env = { DATABASE_URL: database.url, POSTHASTE_SMTP_URL: process.env.POSTHASTE_SMTP_URL ?? smtp.url }
    process.stdout.write(await runExample(example, { cwd, env }))
    for (const { to, parsed } of smtp.received)
      console.log(`\nThe mail server received: to ${to.join(', ')}, '${(await parsed()).subject}'`)
  } finally {
    await database.stop()
    await smtp.close()
    await rm(cwd, { recursive: true, force: true })
  }
}

async function findDatabase({ databases }: Example): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env.DATABASE_URL
  if (given) return { url: given, stop: async () => {} }
  const [kind = 'sqlite'] = databases
  return kind === 'sqlite' ? { url: 'sqlite:shop.db', stop: async () => {} } : startFresh(kind)
}
