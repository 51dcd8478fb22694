import { afterEach, expect, test, vi } from 'vitest'
import { outbox } from '../../src/testing/index.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

afterEach(() => vi.unstubAllEnvs())

/** Neighbour: clear(). */
test.each(['deliver', 'clear'] as const)('B16: %s of an outbox leaves real mail alone', async (call) => {
  await using line = await openLine((await freshDatabase('sqlite')).url)
  const { id } = await line.mail.enqueue(letter('ada@example.com', {}), { delay: '1h' })
  const worker = line.mail.worker()
  await worker.start()
  await expect(outbox(line.mail)[call]()).rejects.toThrow(/a worker|the worker .* delivers this queue's mail/)
  await worker.stop()
  vi.stubEnv('NODE_ENV', 'production')
  await expect(outbox(line.mail)[call]()).rejects.toThrow(/NODE_ENV is production/)
  vi.unstubAllEnvs()
  expect(await line.mail.get(id)).toMatchObject({ state: 'queued' })
  await outbox(line.mail)[call]()
})
