import type { Socket } from 'node:net'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { Pool, type PoolClient } from 'pg'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/connections/open.ts'
import { createStore } from '../../src/store/create-store.ts'
import { engineFor } from '../../src/store/engine-for.ts'
import { describeDatabase, describeEachDatabase, serverKinds } from '../support/databases.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { standStill } from '../support/stand-still.ts'
import { everything, newWorker } from '../support/store.ts'
import { until } from '../support/wait.ts'

const leased = { lease: '1s', pollInterval: '200ms' } as const

describeEachDatabase('a worker', (kind, fresh) => {
  test('that is stopped past its lease and resumed begins no body, and goes on under a new name', async () => {
    const { url } = await fresh()
    const asked = Promise.withResolvers<void>()
    const resumed = Promise.withResolvers<void>()
    let first = true
    await using line = await openLine(
      url,
      {},
      {
        reply: async ({ step }) => {
          if (step !== 'RCPT' || !first) return undefined
          first = false
          asked.resolve()
          await resumed.promise
          return undefined
        },
      },
    )
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    const zombie = await workerProcess(to(url, line), leased)
    await asked.promise
    await standStill(zombie, kind, url)
    await using heir = line.mail.worker(leased)
    await heir.start()
    expect(await line.mail.settled(id)).toMatchObject({ state: 'sent', unknowns: 1 })
    resumed.resolve()
    zombie.process.kill('SIGCONT')
    await until(async () => (await line.mail.health()).workers.length === 2)
    const second = await line.mail.enqueue(letter('bob@example.com'))
    await line.mail.settled(second.id)
    await sleep(300)
    expect(line.smtp.received.map(({ to }) => to[0])).toEqual(['ada@example.com', 'bob@example.com'])
    zombie.process.kill('SIGTERM')
    expect(await zombie.ended).toBe(0)
  })
})

for (const kind of serverKinds)
  describeDatabase(kind, 'a transaction of ours that stands still', (_kind, fresh) => {
    test('is ended by the server, so that it keeps no mail from the workers for long', async () => {
      const { url } = await fresh()
      await using line = await openLine(url)
      const { id } = await line.mail.enqueue(letter('ada@example.com'))
      const database = await openDatabase(url)
      const standing = database.transaction(async (tx) => {
        await tx.query(
          `select mail_id from ${kind === 'postgres' ? 'posthaste.delivery' : 'posthaste_delivery'} for update`,
        )
        await using worker = line.mail.worker(leased)
        await worker.start()
        await line.mail.settled(id, { timeout: '30s' })
        await tx.query('select 1')
      })
      await expect(standing).rejects.toMatchObject({ code: 'PH_DATABASE_UNREACHABLE' })
      expect(await line.mail.get(id)).toMatchObject({ state: 'sent', attempts: 1, unknowns: 0 })
      expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await database.close()
    }, 60_000)
  })

describeDatabase('postgres', 'a worker that stands still while it is sent its claims', (_kind, fresh) => {
  test('keeps none of them for long, however large the mail', async () => {
    const { url } = await fresh()
    await using line = await openLine(url)
    const many = 40
    const large = { ...letter('ada@example.com'), text: 'x'.repeat(60_000) }
    await line.mail.enqueueMany(Array.from({ length: many }, () => ({ mail: large })))
    const pool = new Pool({ connectionString: url, max: 1 })
    const database = await openDatabase(pool)
    const store = createStore(database, engineFor(database))
    const standing = newWorker({ leaseUntil: Date.now() })
    await store.registerWorker(standing)
    const client = (await pool.connect()) as PoolClient & { connection: { stream: Socket } }
    client.release()
    const claim = [{ streams: ['default'], lanes: everything, limit: many }]
    const claiming = store.turn({ workerId: standing.id, now: Date.now(), settle: [], claim })
    await setImmediate()
    client.connection.stream.pause()
    await using worker = line.mail.worker({ ...leased, concurrency: many })
    await worker.start()
    await until(async () => (await line.mail.count({ state: 'sent' })) === many, { timeout: 20_000 })
    client.connection.stream.resume()
    expect((await claiming).claims).toHaveLength(many)
    await pool.end()
  })
})

function to(url: string, { smtp }: TestLine) {
  return { database: url, transports: { default: smtp.url } }
}
