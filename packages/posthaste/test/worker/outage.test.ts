import { expect, test } from 'vitest'
import { openApp } from '../support/app-database.ts'
import { describeDatabase, type ServerKind, serverKinds } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { until } from '../support/wait.ts'

const victims: Record<'postgres' | 'mysql', string> = {
  postgres:
    'select pid as id from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  mysql:
    'select id as id from information_schema.processlist where db = database() and id <> connection_id()',
}

/** Ends every other connection to this database, as an operator or a failover would. */
async function killConnections(
  kind: ServerKind,
  run: (sql: string) => Promise<Record<string, unknown>[]>,
): Promise<number> {
  const rows = await run(victims[kind === 'postgres' ? 'postgres' : 'mysql'])
  for (const row of rows) {
    const id = Number(row.id)
    await run(kind === 'postgres' ? `select pg_terminate_backend(${id})` : `kill ${id}`).catch(() => {})
  }
  return rows.length
}

for (const kind of serverKinds)
  describeDatabase(kind, 'a worker whose connections are ended again and again', (_kind, fresh) => {
    test('takes new ones by itself, loses nothing, and flags every mail that it may have sent twice', async () => {
      const { url } = await fresh()
      await using line = await openLine(url)
      const many = 600
      await line.mail.enqueueMany(
        Array.from({ length: many }, (_, i) => ({ mail: letter(`${i}@example.com`) })),
      )
      const app = await openApp(kind, url)
      const worker = await workerProcess(
        { database: url, transports: { default: line.smtp.url } },
        { lease: '2s' },
      )
      let killed = 0
      for (let round = 1; round <= 6; round++) {
        await line.smtp.mails(round * 60, { timeout: 30_000 })
        killed += await killConnections(kind, app.run)
      }
      expect(killed).toBeGreaterThan(6)
      await until(async () => (await line.mail.count({ state: 'sent' }).catch(() => 0)) === many, {
        timeout: 60_000,
      })
      const copies = Map.groupBy(line.smtp.received, ({ to }) => to[0] ?? '')
      expect(copies.size).toBe(many)
      for (const [address, { length }] of copies)
        if (length > 1) expect((await line.mail.find({ to: address })).items[0]?.unknowns).toBeGreaterThan(0)
      await until(
        async () =>
          (await line.mail.health()).workers.every(({ sleeping }) => sleeping || kind !== 'postgres'),
        { timeout: 20_000 },
      )
      await killConnections(kind, app.run)
      await until(
        async () =>
          (await line.mail.enqueue(letter('last@example.com')).catch(() => undefined)) !== undefined,
      )
      await until(() => line.smtp.received.some(({ to }) => to[0] === 'last@example.com'), {
        timeout: 20_000,
      })
      await app.close()
      worker.process.kill('SIGTERM')
      expect(await worker.ended).toBe(0)
    }, 120_000)
  })
