import { expect, test } from 'vitest'
import { createMailQueue, type QueueConfig } from '../src/index.ts'
import { givenFunctions } from './app-functions/given-functions.ts'
import { elsewhere, places, ways } from './app-functions/places.ts'
import { freshDatabase } from './support/databases.ts'
import { letter } from './support/line.ts'
import { startSmtp } from './support/smtp.ts'

test('every function that an app may give is tried', () => {
  expect([...Object.keys(places), ...Object.keys(elsewhere)].sort()).toEqual(givenFunctions())
}, 60_000)

const each = Object.keys(places).flatMap((place) => Object.keys(ways).map((way) => [place, way] as const))

/** What vitest would fail for anyway, named by its test. */
function looseEnds(): { readonly found: unknown[]; end(): void } {
  const found: unknown[] = []
  const keep = (reason: unknown) => void found.push(reason)
  process.on('unhandledRejection', keep)
  process.on('uncaughtException', keep)
  return {
    found,
    end() {
      process.off('unhandledRejection', keep)
      process.off('uncaughtException', keep)
    },
  }
}

test.each(each)('%s that %s: the worker lives, and other mail goes', async (name, way) => {
  const place = places[name] ?? {}
  const fails = ways[way] ?? (() => {})
  const loose = looseEnds()
  const [smtp, other] = [await startSmtp(), await startSmtp({ auth: () => true })]
  const mail = createMailQueue({
    database: (await freshDatabase('sqlite')).url,
    transports: { default: smtp.url, bad: place.bad?.(fails, other.url) ?? other.url },
    streams: { bad: { transport: 'bad' } },
    ...place.config?.(fails),
  } as QueueConfig)
  for (let n = 0; n < 3; n++)
    await mail.enqueue(letter('bad@example.com'), { stream: 'bad', priority: 'high' })
  for (let n = 0; n < 5; n++) await mail.enqueue(letter('good@example.com'))
  const worker = mail.worker({ stopWithin: 300, pollInterval: 20 })
  place.worker?.(worker, fails)
  await worker.start()
  await smtp.mails(5, { timeout: 10_000 })
  await worker.stop()
  expect(await mail.count({ stream: 'default', state: 'sent' })).toBe(5)
  await mail.close()
  await Promise.all([smtp.close(), other.close()])
  loose.end()
  expect(loose.found).toEqual([])
})

test.each(Object.entries(ways))(
  'an ambientTransaction that %s: the enqueue is refused, or has its own',
  async (_, fails) => {
    const loose = looseEnds()
    await using mail = createMailQueue({
      database: (await freshDatabase('sqlite')).url,
      ambientTransaction: fails as () => unknown,
    })
    await expect(mail.enqueue(letter('ada@example.com'))).rejects.toThrow(
      /\[PH_(?:APP_FUNCTION|TRANSACTION_HANDLE)\]/,
    )
    expect(await mail.count({ all: true })).toBe(0)
    loose.end()
    expect(loose.found).toEqual([])
  },
)
