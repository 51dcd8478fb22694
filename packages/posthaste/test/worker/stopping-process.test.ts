import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { startPosthaste } from '../support/cli.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import type { SmtpStep } from '../support/smtp.ts'

/** Stops reading and says nothing at this step; `reached` resolves when somebody is there. */
function stallAt(at: SmtpStep) {
  const reached = Promise.withResolvers<void>()
  const never = new Promise<undefined>(() => {})
  return {
    reached: reached.promise,
    options: {
      reply: ({ step }: { step: SmtpStep }) => {
        if (step !== at) return undefined
        reached.resolve()
        return never
      },
    },
  }
}

/** More than the buffers between a client and a server that does not read. */
const large = { attachments: [{ filename: 'a.bin', content: Buffer.alloc(16_000_000) }] }

describeDatabase('sqlite', 'a SIGTERM to a worker process', (_kind, fresh) => {
  test.each([
    ['greeting', { attempts: 0, unknowns: 0 }, []],
    ['RCPT', { attempts: 0, unknowns: 0 }, []],
    ['body', { attempts: 0, unknowns: 0 }, []],
    ['dot', { attempts: 1, unknowns: 1 }, [{ outcome: 'unknown' }]],
  ] as const)(
    'whose server stalls at %s ends it within stopWithin, the mail in doubt only where its body had left',
    async (step, state, history) => {
      const { url } = await fresh()
      const { reached, options } = stallAt(step)
      await using line = await openLine(url, {}, options)
      const { id } = await line.mail.enqueue(letter('ada@example.com', step === 'body' ? large : {}))
      const config = { database: url, transports: { default: line.smtp.url } }
      const worker = await workerProcess(config, { stopWithin: '300ms' })
      await reached
      const told = performance.now()
      worker.process.kill('SIGTERM')
      expect(await worker.ended).toBe(0)
      expect(performance.now() - told).toBeLessThan(10_000)
      expect(await line.mail.get(id)).toMatchObject({ state: 'queued', ...state })
      expect(await line.mail.attempts(id)).toMatchObject(history)
      expect((await line.mail.health()).workers).toEqual([])
    },
    60_000,
  )

  test('that cannot settle for the moment has it settle first, and leave then', async () => {
    const { url } = await fresh()
    const writer = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 30_000 })
    const reply = ({ step }: { step: SmtpStep }) => {
      if (step === 'dot') writer.exec('begin immediate')
      return undefined
    }
    await using line = await openLine(url, {}, { reply })
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    const worker = await workerProcess({ database: url, transports: { default: line.smtp.url } })
    await line.smtp.mails(1, { timeout: 30_000 })
    worker.process.kill('SIGTERM')
    expect(worker.process.exitCode).toBeNull()
    writer.exec('commit')
    expect(await worker.ended).toBe(0)
    expect(await line.mail.get(id)).toMatchObject({ state: 'sent', attempts: 1, unknowns: 0 })
    writer.close()
  }, 60_000)

  test('and a second one, before any body has left: it is gone at once, and the mail is with no server', async () => {
    const { url } = await fresh()
    const { reached, options } = stallAt('RCPT')
    await using line = await openLine(url, {}, options)
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    const worker = startPosthaste(['work'], { env: { DATABASE_URL: url, POSTHASTE_SMTP_URL: line.smtp.url } })
    await reached
    worker.child.kill('SIGTERM')
    await worker.says('a second signal leaves at once')
    const told = performance.now()
    worker.child.kill('SIGTERM')
    expect((await worker.ended).code).toBe(1)
    expect(performance.now() - told).toBeLessThan(10_000)
    expect(await line.mail.get(id)).toMatchObject({ attempts: 0 })
    expect(line.smtp.received).toEqual([])
    line.smtp.options.reply = () => undefined
    await using heir = line.mail.worker({ lease: '1s' })
    await heir.start()
    expect(await line.mail.settled(id)).toMatchObject({ state: 'sent' })
  }, 60_000)
})
