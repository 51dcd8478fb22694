import { expect, onTestFinished, test } from 'vitest'
import { describeDatabase } from '../support/databases.ts'
import { startProcess } from '../support/processes.ts'
import { startSmtp } from '../support/smtp.ts'

describeDatabase(
  'sqlite',
  'an app that keeps a write transaction open for seconds beside its own worker',
  (_kind, fresh) => {
    test('is never blocked for over 50 ms, and all its mail is sent', async () => {
      const { url } = await fresh()
      const smtp = await startSmtp()
      onTestFinished(() => smtp.close())
      const app = await startProcess('app-with-worker-process.ts', [url, smtp.url])
      const { rounds, sent } = (await app.heard('measured')) as { rounds: number[]; sent: number }
      expect(await app.ended).toBe(0)
      expect(sent).toBe(40)
      expect(smtp.received).toHaveLength(40)
      // Whoever waits inside SQLite blocks in every round and for long; a busy machine is late now and then.
      expect(Math.min(...rounds)).toBeLessThan(50)
      expect(Math.max(...rounds)).toBeLessThan(250)
    }, 60_000)
  },
)
