import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

describeDatabase('sqlite', 'mail of a stream that no configuration knows any more', (_kind, fresh) => {
  test('waits, is named by health, and is sent once the stream is back', async () => {
    const { url } = await fresh()
    await using line = await openLine(url)
    const streams = { newsletter: {} }
    const before = createMailQueue({ database: url, streams, transports: { default: line.smtp.url } })
    const { id } = await before.enqueue(letter('ada@example.com'), { stream: 'newsletter' })
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 0, failed: 0 })
    expect((await line.mail.health()).problems.join()).toContain("'newsletter', which is not configured")
    expect(await line.mail.get(id)).toMatchObject({ state: 'queued', attempts: 0 })
    expect(await before.deliverDue()).toMatchObject({ sent: 1 })
    await before.close()
  })
})
