import { expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

const dsn = { ret: 'headers', id: 'order-7', notify: ['success', 'failure'] } as const

describeEachDatabase('what a mail asks of the SMTP conversation', (_kind, fresh) => {
  test.each(['enqueue', 'deliver'] as const)(
    'reaches the server when it is rendered at %s',
    async (render) => {
      await using line = await openLine((await fresh()).url, { render })
      const first = await line.mail.enqueue(
        letter('ada@example.com', { dsn: { ...dsn, notify: [...dsn.notify] } }),
      )
      await line.mail.deliverDue()
      await line.mail.resend(first.id)
      await line.mail.enqueue(
        letter('bob@example.com', {
          envelope: { from: 'b@example.com', to: 'bob@example.com', use8BitMime: true },
        }),
      )
      await line.mail.enqueue(letter('plain@example.com'))
      await line.mail.deliverDue()
      const lines = new Map(line.smtp.received.map(({ to, envelope }) => [to[0], envelope.join('\n')]))
      expect(line.smtp.received).toHaveLength(4)
      for (const { envelope } of line.smtp.received.filter(({ to }) => to[0] === 'ada@example.com')) {
        expect(envelope[0]).toMatch(/ RET=HDRS ENVID=order-7/)
        expect(envelope[1]).toMatch(/ NOTIFY=SUCCESS,FAILURE/)
      }
      expect(lines.get('bob@example.com')).toMatch(/ BODY=8BITMIME/)
      expect(lines.get('plain@example.com')).not.toMatch(/RET=|NOTIFY=|BODY=/)
    },
  )
})
