import { expect, test } from 'vitest'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

describeDatabase('sqlite', 'mail of a stream that no running worker serves', (_kind, fresh) => {
  test('is a problem that health names, until a worker serves it', async () => {
    await using line = await openLine((await fresh()).url, { streams: { news: {} } })
    await using other = line.mail.worker({ streams: ['default'] })
    await other.start()
    await line.mail.enqueue(letter('ada@example.com'), { stream: 'news' })
    expect(await line.mail.health()).toMatchObject({
      healthy: false,
      problems: [expect.stringMatching(/'news', which no running worker serves/)],
    })
    await using worker = line.mail.worker()
    await worker.start()
    await line.smtp.mails(1)
    expect(await line.mail.health()).toMatchObject({ healthy: true, problems: [] })
  })
})
