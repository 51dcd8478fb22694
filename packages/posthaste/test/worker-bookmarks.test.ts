import { expect, test } from 'vitest'
import { openApp } from './support/app-database.ts'
import { describeDatabase, serverKinds } from './support/databases.ts'
import { letter, openLine } from './support/line.ts'

for (const kind of serverKinds)
  describeDatabase(kind, 'mail that is committed late, and was due before the rest', (_kind, fresh) => {
    test('belongs to the pass that is under way', async () => {
      const { url } = await fresh()
      const app = await openApp(kind, url)
      const received: string[] = []
      const reply = async ({ step }: { step: string }, { to }: { to: readonly string[] }) => {
        if (step !== 'dot') return undefined
        // Longer than a turn takes, so that nothing is claimed ahead.
        for (let asked = 0; asked < 30; asked++) await app.run('select 1 as one')
        if (received.push(to[0] ?? '') === 2) await app.commit()
        return undefined
      }
      await using line = await openLine(url, {}, { reply })
      await app.begin()
      await line.mail.enqueueIn(app.tx, letter('late@example.com'))
      await line.mail.enqueueMany(Array.from({ length: 2 }, (_, n) => ({ mail: letter(`${n}@example.com`) })))
      expect(await line.mail.deliverDue({ concurrency: 1 })).toMatchObject({ sent: 3 })
      expect(received.at(-1)).toBe('late@example.com')
      await app.close()
    })
  })
