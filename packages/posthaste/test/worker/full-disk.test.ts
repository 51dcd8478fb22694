import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
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

test('a worker on SQLite whose disk is full says so, settles what was accepted once there is room, and doubles nothing', async ({
  skip,
}) => {
  const dir = await smallDisk('4m')
  if (!dir) {
    console.warn('[disk] SKIPPED: a small file system can be mounted by root only')
    return skip('no small file system')
  }
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
