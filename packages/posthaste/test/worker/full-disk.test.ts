import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { ManyItem } from '../../src/queue/in-chunks.ts'
import { startFresh } from '../support/databases/start.ts'
import { describeDatabase, serverKinds } from '../support/databases.ts'
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

interface Load {
  readonly mails: number
  /** Of each of them. */
  readonly recipients: number
  /** Mails for tomorrow, which only make the tables large. */
  readonly tomorrow: number
  /** So many are accepted before the disk is full, and no more. */
  readonly before: number
  /** Bytes left when the worker begins, so that the rest is filled before it has sent all. @default the whole disk */
  readonly room?: number
}

const servers: Record<(typeof serverKinds)[number], { says: RegExp; times: number; load: Load }> = {
  postgres: {
    says: /No space left on device/,
    times: 1,
    load: { mails: 400, recipients: 1, tomorrow: 0, before: 10, room: 40_000_000 },
  },
  // In a table of less than 1 MB InnoDB keeps no pages back for a rollback or a purge, and ends the whole server where they need one: so each that
  // grows here is larger. So many failures take the worker longer than the 5 s for which the server tries before it ends.
  mariadb: {
    says: /is full/,
    times: 8,
    load: { mails: 250, recipients: 50, tomorrow: 4_000, before: 80 },
  },
  mysql: {
    says: /is full/,
    times: 8,
    load: { mails: 250, recipients: 50, tomorrow: 4_000, before: 80 },
  },
}

for (const kind of serverKinds)
  describeDatabase(kind, 'a worker', () => {
    test('whose disk is full says so, settles what was accepted once there is room, and doubles nothing unflagged', async ({
      skip,
    }) => {
      const dir = await smallDisk('400m')
      if (!dir) return skip(noDisk())
      const { says, times, load } = servers[kind]
      const server = await startFresh(kind, { durable: true, under: dir })
      onTestFinished(() => server.stop())
      if (!server.restart) return skip('the server is not ours')
      const { url } = server
      // What the server says is written to the history, and takes room.
      const { promise: full, resolve: isFull } = Promise.withResolvers<void>()
      let dots = 0
      const reply = async ({ step }: { step: SmtpStep }) => {
        if (step !== 'dot') return undefined
        if (++dots > load.before) await full
        return `250 2.0.0 ${randomBytes(700).toString('base64url')}`
      }
      await using line = await openLine(url, {}, { reply })
      await line.mail.enqueueMany(mailsOf(load))
      const filler = join(dir, 'filler')
      if (load.room !== undefined) await fillBut(filler, load.room)
      const worker = await workerProcess({ database: url, transports: { default: line.smtp.url } })
      await line.smtp.mails(load.before, { timeout: 60_000 })
      await fill(filler)
      isFull()
      const failed = () => worker.said.filter(({ error }) => says.test(String(error)))
      await until(() => failed().length >= times, { timeout: 60_000 })
      await rm(filler)
      await until(async () => (await line.mail.count({ state: 'sent' }).catch(() => 0)) === load.mails, {
        timeout: 90_000,
      })
      const copies = Map.groupBy(line.smtp.received, ({ to }) => to[0] ?? '')
      expect(copies.size).toBe(load.mails)
      for (const [address, { length }] of copies)
        if (length > 1) expect((await line.mail.find({ to: address })).items[0]?.unknowns).toBeGreaterThan(0)
      worker.process.kill('SIGTERM')
      expect(await worker.ended).toBe(0)
    }, 240_000)
  })

function mailsOf({ mails, recipients, tomorrow }: Load): ManyItem[] {
  const sendAt = new Date(Date.now() + 86_400_000)
  const now = Array.from({ length: mails }, (_, i) => {
    const [first = '', ...others] = Array.from({ length: recipients }, (_, j) => `${i}.${j}@example.com`)
    return { mail: letter(first, { cc: others }) }
  })
  const later = Array.from({ length: tomorrow }, (_, i) => ({
    mail: letter(`late.${i}@example.com`),
    sendAt,
  }))
  return [...now, ...later]
}

/** But for so many bytes. */
async function fillBut(file: string, room: number): Promise<void> {
  await fill(file)
  await truncate(file, (await stat(file)).size - room)
}

/** Until not one byte more can be written. */
async function fill(file: string): Promise<void> {
  const piece = Buffer.alloc(16_000_000)
  for (let full = false; !full; )
    full = await appendFile(file, piece).then(
      () => false,
      () => true,
    )
}
