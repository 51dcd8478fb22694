import { expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import type { SmtpAnswer, SmtpStep } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

const leased = { lease: '1s', pollInterval: '200ms' } as const

/** Hangs at the first mail that comes as far as this step. */
function hangOnce(at: SmtpStep) {
  let came = 0
  return {
    reply: ({ step }: { step: SmtpStep }): SmtpAnswer | undefined =>
      step === at && came++ === 0 ? { and: 'hang' } : undefined,
  }
}

describeEachDatabase('a worker', (_kind, fresh) => {
  test('that is killed amid a delivery is found dead within seconds; its mail is sent by another, and flagged', async () => {
    const { url } = await fresh()
    await using line = await openLine(url, {}, hangOnce('dot'))
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    const victim = await workerProcess(to(url, line), leased)
    await until(() => line.smtp.commands.includes('.'), { timeout: 20_000 })
    const heir = await workerProcess(to(url, line), leased)
    victim.process.kill('SIGKILL')
    const killed = performance.now()
    const mail = await line.mail.settled(id)
    expect(performance.now() - killed).toBeLessThan(5_000)
    expect(mail).toMatchObject({ state: 'sent', unknowns: 1 })
    expect(await line.mail.attempts(id)).toMatchObject([{ outcome: 'died' }, { outcome: 'accepted' }])
    expect(await line.mail.stats()).toMatchObject({ unknown: 1 })
    heir.process.kill('SIGTERM')
    expect(await heir.ended).toBe(0)
  })

  test('that is killed with a mail that must not be sent twice leaves it held where doubt is, and queued where none is', async () => {
    const { url } = await fresh()
    const hanging = new Set<string>()
    await using line = await openLine(
      url,
      {},
      {
        reply: ({ step }, { to: [first = ''] }) => {
          if (
            !((step === 'dot' && first.startsWith('doubt')) || (step === 'DATA' && first.startsWith('none')))
          )
            return undefined
          if (hanging.has(first)) return undefined
          hanging.add(first)
          return { and: 'hang' }
        },
      },
    )
    const doubt = await line.mail.enqueue(letter('doubt@example.com'), { onUnknown: 'hold' })
    const none = await line.mail.enqueue(letter('none@example.com'), { onUnknown: 'hold' })
    const victim = await workerProcess(to(url, line), leased)
    await until(() => hanging.size === 2, { timeout: 20_000 })
    victim.process.kill('SIGKILL')
    await using heir = line.mail.worker(leased)
    await heir.start()
    expect(await line.mail.settled(none.id)).toMatchObject({ state: 'sent', unknowns: 0 })
    await until(async () => (await line.mail.get(doubt.id))?.state === 'held')
    expect(await line.mail.get(doubt.id)).toMatchObject({ reason: 'unknown', unknowns: 1 })
    expect(line.smtp.received.map(({ to }) => to[0]).sort()).toEqual([
      'doubt@example.com',
      'none@example.com',
    ])
  })
})

function to(url: string, { smtp }: TestLine) {
  return { database: url, transports: { default: smtp.url } }
}
