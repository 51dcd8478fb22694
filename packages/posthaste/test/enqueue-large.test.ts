import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import type { Mail } from '../src/mail/mail.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase } from './support/databases.ts'

const mb = 1024 * 1024
const sizes = [5 * mb, 100 * mb] as const
const piece = Buffer.alloc(64 * 1024, 'posthaste ')

describeEachDatabase('a large attachment', (kind, fresh) => {
  let mail: MailQueue<'default'>
  let app: AppDatabase
  let dir: string

  beforeAll(async () => {
    const { url } = await fresh()
    dir = await mkdtemp(join(tmpdir(), 'posthaste-large-'))
    mail = createMailQueue({
      database: url,
      delivery: 'capture',
      attachments: { roots: [dir], maxSize: 200 * mb },
    })
    await mail.migrate()
    app = await openApp(kind, url)
    for (const size of sizes) await write(join(dir, String(size)), size)
    // The first of everything allocates: code, buffers of the driver, the pool.
    await mail.enqueue(letter({ path: join(dir, String(sizes[0])) }))
  }, 120_000)

  afterAll(async () => {
    await app.close()
    await mail.close()
    await rm(dir, { recursive: true, force: true })
  })

  const inTransaction = async <T>(work: () => Promise<T>): Promise<T> => {
    await app.begin()
    const value = await work()
    await app.commit()
    return value
  }
  const ways: Record<string, (given: Mail) => Promise<{ id: string }>> = {
    enqueue: (given) => mail.enqueue(given),
    enqueueIn: (given) => inTransaction(() => mail.enqueueIn(app.tx, given)),
    'prepare and enqueueIn': async (given) => {
      const prepared = await mail.prepare(given)
      return inTransaction(async () =>
        kind === 'sqlite' ? mail.enqueueSync(app.tx, prepared) : mail.enqueueIn(app.tx, prepared),
      )
    },
    enqueueMany: async (given) => (await mail.enqueueMany([{ mail: given }])).results[0] ?? { id: '' },
    enqueueManyIn: async (given) =>
      (await inTransaction(() => mail.enqueueManyIn(app.tx, [{ mail: given }]))).results[0] ?? { id: '' },
  }

  describe.each(Object.keys(ways))('by %s', (name) => {
    test.each(sizes)(
      'of %i bytes, from a file and a stream, is stored whole with flat memory',
      async (size) => {
        const enqueue = ways[name] ?? (() => Promise.reject(new Error('no such way')))
        const stream = () => ({ content: Readable.from(pieces(size), { objectMode: false }) })
        const file = () => ({ path: join(dir, String(size)) })
        for (const attachment of size === sizes[0] ? [stream, file] : [stream]) {
          const store = async () => {
            const { id } = await enqueue(letter(attachment()))
            expect(await mail.get(id)).toMatchObject({ state: 'queued' })
          }
          // The garbage collector comes when it likes: once too much may be chance, twice is a leak.
          const first = await peakOf(store)
          const peak = first < 64 * mb ? first : await peakOf(store)
          expect(peak, `${Math.round(peak / mb)} MB more`).toBeLessThan(64 * mb)
        }
        const [row] = await app.run(
          `select sum(length(data)) as bytes, max(size) as size from ${name1('chunk', kind)} k join ${name1('content', kind)} c on c.id = k.content_id where c.size = ${size}`,
        )
        expect(Number(row?.bytes) % size).toBe(0)
        expect(Number(row?.size)).toBe(size)
      },
      120_000,
    )
  })
})

function letter(attachment: NonNullable<Mail['attachments']>[number]): Mail {
  return {
    from: 'shop@example.com',
    to: 'ada@example.com',
    subject: 'Large',
    text: 'a mail',
    attachments: [{ filename: 'a.bin', ...attachment }],
  }
}

function name1(table: string, kind: string): string {
  return kind === 'postgres' ? `posthaste.${table}` : `posthaste_${table}`
}

function* pieces(size: number): Generator<Buffer> {
  for (let at = 0; at < size; at += piece.length) yield piece.subarray(0, Math.min(piece.length, size - at))
}

async function write(file: string, size: number): Promise<void> {
  const out = createWriteStream(file)
  Readable.from(pieces(size)).pipe(out)
  await once(out, 'finish')
}

/** How far the resident set rose above where it began. */
async function peakOf(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 5)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return Math.max(peak, process.memoryUsage().rss) - before
}
