import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { startPostgres } from '../support/databases/postgres.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import type { SmtpStep } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

/** A file system of so many bytes; undefined where nobody lets us have one. */
async function smallDisk(size: string): Promise<string | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'posthaste-disk-'))
  const run = promisify(execFile)
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir]).then(
    () => true,
    () => false,
  )
  onTestFinished(async () => {
    if (mounted) await run('umount', ['-l', dir])
    await rm(dir, { recursive: true, force: true })
  })
  return mounted ? dir : undefined
}

function noDisk(): string {
  console.warn('[disk] SKIPPED: a small file system can be mounted by root only')
  return 'no small file system'
}

test('a worker on SQLite whose disk is full says so, settles what was accepted once there is room, and doubles nothing', async ({
  skip,
}) => {
  const dir = await smallDisk('4m')
  if (!dir) return skip(noDisk())
  const filler = join(dir, 'filler')
  const reply = async ({ step }: { step: SmtpStep }) => {
    if (step === 'dot') await writeFile(filler, Buffer.alloc(8_000_000)).catch(() => {})
    return undefined
  }
  const url = `sqlite:${join(dir, 'mail.db')}`
  await using line = await openLine(url, {}, { reply })
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  const worker = await workerProcess(
    { database: url, transports: { default: line.smtp.url } },
    { lease: '1m' },
  )
  await until(() => worker.said.some(({ error }) => /full/.test(String(error))), { timeout: 30_000 })
  await expect(line.mail.enqueue(letter('bob@example.com'))).rejects.toThrow(/full/)
  line.smtp.options.reply = () => undefined
  await rm(filler)
  expect(await line.mail.settled(id)).toMatchObject({ state: 'sent', attempts: 1, unknowns: 0 })
  expect(line.smtp.received).toHaveLength(1)
  worker.process.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
}, 90_000)

// Not MariaDB: it was seen to end by itself on a full disk and not to come up again; other failures there were not looked into.
describeDatabase('postgres', 'a worker', () => {
  test('whose disk is full says so, settles what was accepted once there is room, and doubles nothing unflagged', async ({
    skip,
  }) => {
    const dir = await smallDisk('400m')
    if (!dir) return skip(noDisk())
    const server = await startPostgres({ durable: true, under: dir })
    onTestFinished(() => server.stop())
    if (!server.restart) return skip('the server is not ours')
    const { url } = server
    // What the server says is written to the history, and takes room.
    const reply = ({ step }: { step: SmtpStep }) =>
      step === 'dot' ? `250 2.0.0 ${randomBytes(700).toString('base64url')}` : undefined
    await using line = await openLine(url, {}, { reply })
    const many = 400
    await line.mail.enqueueMany(
      Array.from({ length: many }, (_, i) => ({ mail: letter(`${i}@example.com`) })),
    )
    const worker = await workerProcess({ database: url, transports: { default: line.smtp.url } })
    await line.smtp.mails(10, { timeout: 30_000 })
    const filler = join(dir, 'filler')
    await fill(filler)
    await until(() => worker.said.some(({ error }) => /No space left on device/.test(String(error))), {
      timeout: 60_000,
    })
    await rm(filler)
    await until(async () => (await line.mail.count({ state: 'sent' }).catch(() => 0)) === many, {
      timeout: 90_000,
    })
    const copies = Map.groupBy(line.smtp.received, ({ to }) => to[0] ?? '')
    expect(copies.size).toBe(many)
    for (const [address, { length }] of copies)
      if (length > 1) expect((await line.mail.find({ to: address })).items[0]?.unknowns).toBeGreaterThan(0)
    worker.process.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
  }, 240_000)
})

/** Until not one byte more can be written. */
async function fill(file: string): Promise<void> {
  const piece = Buffer.alloc(16_000_000)
  for (let full = false; !full; )
    full = await appendFile(file, piece).then(
      () => false,
      () => true,
    )
}
