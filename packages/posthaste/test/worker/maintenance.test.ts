import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { letter } from '../support/line.ts'
import { age, sqliteLine } from '../support/sqlite-line.ts'
import { until } from '../support/wait.ts'

test('F2: mail of a stream that was taken out of the configuration keeps its history; that of the others goes as they say', async () => {
  await using line = await sqliteLine({ streams: { gone: {} } })
  const kept = await line.mail.enqueue(letter('ada@example.com'), { stream: 'gone' })
  const deleted = await line.mail.enqueue(letter('bob@example.com'))
  await line.mail.deliverDue()
  age(line, 400 * 86_400_000)
  const without = createMailQueue({ database: line.url, transports: { default: line.smtp.url } })
  const worker = without.worker()
  await worker.start()
  await until(async () => (await without.get(deleted.id)) === undefined)
  // Maintenance goes through all streams before its next step: a second round would find what the first had left.
  await worker.stop()
  expect(await without.get(kept.id)).toMatchObject({ state: 'sent', stream: 'gone' })
  expect(await without.attempts(kept.id)).toHaveLength(1)
  await without.close()
})
