import { expect, onTestFinished, test } from 'vitest'
import type { QueueConfig } from '../../src/config/queue-config.ts'
import { freePort } from '../support/databases/server.ts'
import { describeDatabase, freshDatabase } from '../support/databases.ts'
import { queueAtHand } from '../support/hand-clock.ts'
import { letter, openLine } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'

for (const kind of ['sqlite', 'postgres', 'mariadb', 'mysql'] as const)
  describeDatabase(kind, 'E3: what the doctor says to do', (_kind, fresh) => {
    test('`transports resume` tries at once what has met the fault, too', async () => {
      let isDown = true
      const smtp = await startSmtp({ reply: () => (isDown ? { and: 'reset' } : undefined) })
      onTestFinished(() => smtp.close())
      const { mail } = queueAtHand({ database: (await fresh()).url, transports: { default: smtp.url } })
      await mail.migrate()
      for (const name of ['ada', 'bob', 'eve']) await mail.enqueue(letter(`${name}@example.com`))
      await mail.deliverDue()
      isDown = false
      const found = await mail.diagnose()
      expect(found.find(({ level }) => level === 'note')?.remedy).toContain(
        '`posthaste transports resume default` does so now',
      )
      expect(await mail.deliverDue()).toMatchObject({ sent: 0 })
      expect(await mail.transports.resume('default')).toBe(1)
      expect(await mail.deliverDue()).toMatchObject({ sent: 3 })
      await mail.close()
    })
  })

const mendings = {
  'a port on which TLS is not spoken': [
    'smtps:',
    /^TLS: wrong version number$/,
    /`secure`, port or certificate/,
  ],
  'a port on which nothing listens': ['', /ECONNREFUSED/, /host and port/],
} as const

test.each(Object.entries(mendings))(
  'E3: %s is told so, and what to correct',
  async (_what, [protocol, says, helps]) => {
    const smtp = await startSmtp()
    onTestFinished(() => smtp.close())
    const url = new URL(smtp.url)
    url.port = protocol === '' ? String(await freePort()) : url.port
    const transport = url.href.replace(/^smtp:/, protocol || 'smtp:')
    const config: Partial<QueueConfig> = { transports: { default: transport } }
    await using line = await openLine((await freshDatabase('sqlite')).url, config)
    const found = await line.mail.diagnose()
    const one = found.find(({ check }) => check === 'transport default')
    expect(one).toMatchObject({ level: 'problem' })
    expect(one?.message).toMatch(says)
    expect(one?.remedy).toMatch(helps)
  },
)
