import { expect, test } from 'vitest'
import { openByHand } from '../support/by-hand.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { dkim } from '../support/dkim.ts'
import { letter, openLine } from '../support/line.ts'
import { startProcess } from '../support/processes.ts'
import { startSink } from '../support/sink.ts'

const megabyte = 2 ** 20

describeEachDatabase('the memory of a worker', (kind, fresh) => {
  const ways = kind === 'sqlite' ? [{ what: '' }, { what: ', signed', dkim }] : [{ what: '' }]
  test.each(ways)(
    'grows by less than 64 MB for an attachment of 100 MB$what',
    async ({ what, ...more }) => {
      const { url } = await fresh()
      await using sink = await startSink()
      await using line = await openLine(url, { attachments: { maxSize: 200 * megabyte } })
      const first = await line.mail.enqueue(
        letter('ada@example.com', {
          attachments: [{ filename: 'a.bin', content: Buffer.alloc(3 * megabyte, 7) }],
        }),
      )
      const content = Buffer.alloc(100 * megabyte, 'All work and no play makes Jack a dull boy. ')
      const second = await line.mail.enqueue(
        letter('bob@example.com', { attachments: [{ filename: 'b.bin', content }] }),
      )
      const config = { database: url, transports: { default: { url: sink.url, ...more } } }
      // The garbage collector comes when it likes: once too much may be chance, twice is a leak.
      let measured = await measure(config, [first.id, second.id])
      if (measured.more >= 64)
        measured = await measure(config, [
          (await line.mail.resend(first.id)).id,
          (await line.mail.resend(second.id)).id,
        ])
      expect(sink.mails.at(-1)).toBeGreaterThan(130 * megabyte)
      expect(measured.more).toBeLessThan(64)
      console.info(
        `[${kind}] 100 MB attached${what}: ${measured.before.toFixed(0)} MB before, ${measured.more.toFixed(0)} MB more at most`,
      )
    },
    180_000,
  )

  test('is the same with 100,000 mails in the queue as with few', async () => {
    const [few, many] = [
      await highest(kind, (await fresh()).url, 0),
      await highest(kind, (await fresh()).url, 100_000),
    ]
    console.info(
      `[${kind}] 200 mails sent: ${few.toFixed(0)} MB with an empty queue behind them, ${many.toFixed(0)} MB with 100,000`,
    )
    expect(many / few).toBeLessThan(1.2)
  }, 180_000)
})

async function measure(config: object, ids: string[]): Promise<{ before: number; more: number }> {
  const child = await startProcess('memory-process.ts', [JSON.stringify(config), JSON.stringify(ids)])
  const measured = (await child.heard('measured')) as { before: number; more: number; counts: object }
  expect(measured.counts).toMatchObject({ sent: 1 })
  expect(await child.ended).toBe(0)
  return measured
}

async function highest(kind: Parameters<typeof openByHand>[0], url: string, behind: number): Promise<number> {
  await using line = await openLine(url, { render: 'deliver' })
  const { id } = await line.mail.enqueue(letter('later@example.com'), { delay: '1h' })
  const hand = await openByHand(kind, url)
  if (behind > 0) await hand.multiply(id, behind)
  await hand.close()
  await line.mail.enqueueMany(
    Array.from({ length: 200 }, (_, i) => ({ mail: letter(`${i}@example.com`), priority: 'high' as const })),
  )
  const config = { database: url, transports: { default: line.smtp.url } }
  const child = await startProcess('queue-memory-process.ts', [JSON.stringify(config), '200'])
  const found = Number(await child.heard('highest'))
  expect(await child.ended).toBe(0)
  return found
}
