import { expect, onTestFinished, test } from 'vitest'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { startMta } from '../support/mta.ts'

describeDatabase('sqlite', 'a mail server that we did not write', (_kind, fresh) => {
  test('takes mail, defers and refuses it, and each is told apart', async ({ skip }) => {
    const mta = await startMta()
    if (typeof mta === 'string') {
      console.warn(`[mta] SKIPPED: ${mta}`)
      return skip(mta)
    }
    onTestFinished(() => mta.stop())
    await using line = await openLine((await fresh()).url, { transports: { default: mta.url } })
    const taken = await line.mail.enqueue(
      letter('ada@example.com', {
        html: '<p>.</p>',
        attachments: [{ filename: 'a.bin', content: Buffer.alloc(1_000_000, '.\r\n') }],
      }),
    )
    const deferred = await line.mail.enqueue(letter('later@example.com'))
    const refused = await line.mail.enqueue(letter('ada@elsewhere.example'))
    const partly = await line.mail.enqueue(
      letter('bob@example.com', { cc: 'later@example.com', bcc: 'eve@elsewhere.example' }),
    )
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 1, deferred: 2, failed: 1 })
    expect(await line.mail.attempts(taken.id)).toMatchObject([
      { outcome: 'accepted', code: 250, enhanced: '2.0.0' },
    ])
    expect(await line.mail.attempts(deferred.id)).toMatchObject([
      { outcome: 'deferred', code: 451, enhanced: '4.2.1' },
    ])
    expect(await line.mail.get(refused.id)).toMatchObject({
      state: 'failed',
      reason: 'rejected',
      recipients: [{ state: 'rejected', code: 550 }],
    })
    expect((await line.mail.get(partly.id))?.recipients.map(({ state }) => state)).toEqual([
      'accepted',
      'pending',
      'rejected',
    ])
  }, 180_000)
})
