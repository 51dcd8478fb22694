import { expect, test } from 'vitest'
import { createMonitor } from '../../src/http/monitor.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

/** Neighbours: /metrics and /ready, the log of a worker. */
test('E3: what HTTP and the log show of a server’s reply holds no address', async () => {
  const said = '421 4.7.0 <ada@example.com>: too many connections'
  const lines: unknown[] = []
  await using line = await openLine(
    (await freshDatabase('sqlite')).url,
    { logger: (object, message) => lines.push(JSON.stringify(object, errorsToo), message) },
    { reply: ({ step }) => (step === 'greeting' ? said : undefined) },
  )
  await line.mail.enqueue(letter('ada@example.com'))
  await line.mail.deliverDue()
  const [backing] = (await line.mail.health()).backingOff
  expect(backing?.reason).toContain('too many connections')
  const monitor = createMonitor({ queue: line.mail, worker: line.mail.worker() })
  const shown = await Promise.all(
    ['/health', '/metrics', '/ready', '/live'].map(async (path) => (await monitor.request(path)).text()),
  )
  expect(shown[0]).toContain('***@example.com>: too many connections')
  expect([...shown, ...lines].join('\n')).not.toContain('ada@')
  expect(lines.length).toBeGreaterThan(0)
})

function errorsToo(_: string, value: unknown): unknown {
  return value instanceof Error ? `${value.message} ${value.stack}` : value
}
