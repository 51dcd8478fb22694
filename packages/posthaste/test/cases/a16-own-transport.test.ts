import { expect, test } from 'vitest'
import type { Transport } from '../../src/index.ts'
import { diagnose } from '../../src/queue/diagnose/diagnose.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

/** As the contract has it: once it is closed it delivers nothing. */
function closable(): Transport & { readonly closed: number } {
  let closed = 0
  return {
    name: 'own',
    maxConnections: 2,
    get closed() {
      return closed
    },
    async deliver({ envelope, mayBegin }) {
      if (closed > 0) throw new Error('Connection pool was closed')
      if (!(await mayBegin())) return { type: 'aborted' }
      return {
        type: 'answered',
        recipients: envelope.to.map((address) => ({ address, verdict: 'accepted' })),
      }
    },
    async verify() {
      if (closed > 0) throw new Error('Connection pool was closed')
    },
    async close() {
      closed++
    },
  }
}

test('A16: a transport of the app’s is closed by nobody else: the doctor, passes, workers and the queue', async () => {
  const own = closable()
  await using line = await openLine((await freshDatabase('sqlite')).url, { transports: { default: own } })
  const { mail, parts } = line
  for (const _ of [1, 2]) {
    const findings = await diagnose(mail, parts, undefined)
    expect(findings.find(({ check }) => check === 'transport default')).toMatchObject({ level: 'ok' })
  }
  for (const n of [1, 2]) {
    await mail.enqueue(letter(`pass-${n}@example.com`))
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
  }
  for (const n of [1, 2]) {
    await mail.enqueue(letter(`worker-${n}@example.com`))
    const worker = mail.worker()
    await worker.start()
    await until(async () => (await mail.count({ state: 'sent' })) === 2 + n)
    await worker.stop()
  }
  await mail.close()
  expect(own.closed).toBe(0)
})
