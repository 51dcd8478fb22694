import { expect, test } from 'vitest'
import { createMonitor } from '../../src/http/monitor.ts'
import { createMailQueue } from '../../src/index.ts'
import { diagnose } from '../../src/queue/diagnose/diagnose.ts'
import { queueParts } from '../../src/queue/queue-parts.ts'
import { openApp } from '../support/app-database.ts'
import { type DatabaseKind, describeEachDatabase } from '../support/databases.ts'
import { openLine } from '../support/line.ts'
import { minute, newWorker } from '../support/store.ts'

/** The same database for somebody whom it lets read only; SQLite has no such user. */
async function readOnly(kind: DatabaseKind, url: string): Promise<string> {
  const reader = new URL(url)
  if (kind === 'postgres') {
    reader.searchParams.set('options', '-c default_transaction_read_only=on')
    return reader.href
  }
  const root = await openApp(kind, url)
  const name = `r_${reader.pathname.slice(1)}`.slice(0, 30)
  await root.run(`create user ${name}@'%' identified by 'secret'`)
  await root.run(`grant select on ${reader.pathname.slice(1)}.* to ${name}@'%'`)
  await root.close()
  reader.username = name
  reader.password = 'secret'
  return reader.href
}

/** Neighbours: the doctor, /ready, /health; a copy, a server in read-only mode and a user without rights say it by one error each. */
describeEachDatabase('D6: a database that takes no writes', (kind, fresh) => {
  test.skipIf(kind === 'sqlite')('is not ready, and unhealthy in words', async () => {
    const { url } = await fresh()
    await using line = await openLine(url)
    expect(await line.mail.health()).toMatchObject({ healthy: true, problems: [] })
    const config = { database: await readOnly(kind, url), transports: { default: line.smtp.url } }
    await using mail = createMailQueue(config)
    const { healthy, problems } = await mail.health()
    expect({ healthy, problems }).toEqual({
      healthy: false,
      problems: [expect.stringMatching(/takes no writes.*(read-only|denied)/)],
    })
    const monitor = createMonitor({ queue: mail, worker: mail.worker() })
    expect((await monitor.request('/ready')).status).toBe(503)
    expect((await monitor.request('/health')).status).toBe(503)
    const parts = queueParts(config)
    const findings = await diagnose(mail, parts, undefined)
    await parts.connection.close()
    expect(findings).toContainEqual(expect.objectContaining({ check: 'writes', level: 'problem' }))
  })

  test('whose workers have all died is unhealthy, though nothing is due', async () => {
    await using line = await openLine((await fresh()).url)
    const { store } = await line.parts.connection.ready()
    const now = line.parts.clock.now()
    await store.registerWorker(newWorker({ heartbeatAt: now - minute, leaseUntil: now - 1 }))
    expect(await line.mail.health()).toMatchObject({
      healthy: false,
      problems: [expect.stringContaining('no worker is alive: the last sign of one came at')],
    })
    await store.registerWorker(newWorker({ heartbeatAt: now, leaseUntil: now + minute }))
    expect(await line.mail.health()).toMatchObject({ healthy: true })
  })
})
