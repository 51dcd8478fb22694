import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { openApp } from './support/app-database.ts'
import { otherConnections } from './support/databases/connections.ts'
import { describeDatabase, describeEachDatabase } from './support/databases.ts'
import { codeBlocks, folderName, folderOf, onSources } from './support/guide-code.ts'
import { startSmtp } from './support/smtp.ts'
import { until } from './support/wait.ts'

const page = 'docs/guide/configuration.md'
const times = 30

/** As a development server does it: the file is run anew at each change, and nothing is closed. */
const reloading = `
const ids = []
for (let n = 0; n < ${times}; n++) {
  const { mail, started } = await import('./mail.ts?' + n)
  await started
  ids.push((await mail.enqueue({ from: 'shop@example.com', to: n + '@example.com', subject: 'Hello', text: 'Hi' })).id)
  if (n < ${times} - 1) continue
  while ((await mail.count({ state: 'sent' })) < ids.length) await new Promise((resolve) => setTimeout(resolve, 10))
  const { workers } = await mail.health()
  console.log(JSON.stringify({ workers: workers.length, timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length }))
  process.exit(0)
}
`

let folder: Awaited<ReturnType<typeof folderOf>>

beforeAll(async () => {
  const blocks = (await codeBlocks(page)).filter(({ file }) => file === 'mail.ts')
  folder = await folderOf(blocks)
  const cwd = join(folder.path, folderName(page))
  await onSources(join(cwd, 'mail.ts'))
  await writeFile(join(cwd, 'reloading.mjs'), reloading)
})

afterAll(() => folder.drop())

describeEachDatabase('a module that is run anew many times', (_kind, fresh) => {
  test('as the page has it keeps one worker', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    const smtp = await startSmtp()
    onTestFinished(() => smtp.close())
    const env = { ...process.env, DATABASE_URL: url, POSTHASTE_SMTP_URL: smtp.url, NODE_NO_WARNINGS: '1' }
    const cwd = join(folder.path, folderName(page))
    const { stdout } = await promisify(execFile)(process.execPath, ['reloading.mjs'], { cwd, env })
    const { workers, timers } = JSON.parse(stdout)
    expect(workers).toBe(1)
    expect(timers).toBeLessThan(times)
    expect(smtp.received).toHaveLength(times)
  })
})

describeDatabase('postgres', 'queues that were left', (kind, fresh) => {
  test('leave no connection to the server behind', async () => {
    const { url } = await fresh()
    const left = Array.from({ length: times }, () => createMailQueue({ database: url, delivery: 'capture' }))
    onTestFinished(async () => void (await Promise.all(left.map((mail) => mail.close()))))
    await left[0]?.migrate()
    const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hi' }
    for (const mail of left) await mail.enqueue(letter)
    const app = await openApp(kind, url)
    onTestFinished(() => app.close())
    expect((await otherConnections(kind as 'postgres', app.run)).length).toBeGreaterThan(0)
    await until(async () => (await otherConnections(kind as 'postgres', app.run)).length === 0, {
      timeout: 20_000,
    })
  })
})
