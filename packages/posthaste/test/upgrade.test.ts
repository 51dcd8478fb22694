import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { schemaVersion } from '../src/store/migrations.ts'
import { openByHand } from './support/by-hand.ts'
import { describeEachDatabase } from './support/databases.ts'
import { letter } from './support/line.ts'
import { type NextVersion, nextVersion } from './support/next-version.ts'
import { type Child, startProcess } from './support/processes.ts'
import { startSmtp } from './support/smtp.ts'
import { until } from './support/wait.ts'

let next: NextVersion

beforeAll(async () => {
  next = await nextVersion()
}, 60_000)

afterAll(() => next.remove())

const committed = ({ said }: Child) => said.filter((one) => 'committed' in one).length

async function stopped(enqueuer: Child): Promise<number> {
  enqueuer.process.send('stop')
  const done = Number(await enqueuer.heard('done'))
  expect(await enqueuer.ended).toBe(0)
  return done
}

describeEachDatabase('tables with queued mail', (kind, fresh) => {
  test('are upgraded to a made-up next version while workers and enqueuers of both versions run: each mail goes once, and nobody stumbles', async () => {
    const { url } = await fresh()
    const smtp = await startSmtp()
    const byHand = await openByHand(kind, url)
    const version = async () =>
      Number((await byHand.run(`select max(version) as v from ${byHand.table('migration')}`))[0]?.v)
    const enqueuer = (name: string, program: string, ...more: string[]) =>
      startProcess(program, [kind, url, name, ...more], 'committed')
    const worker = (name: string, program: string) =>
      startProcess(
        program,
        [
          JSON.stringify({ database: url, transports: { default: smtp.url } }),
          JSON.stringify({ name, concurrency: 3 }),
        ],
        'started',
      )

    const old = await enqueuer('old', 'steady-enqueuer-process.ts', 'migrate')
    await until(() => committed(old) >= 30, { timeout: 60_000 })
    expect(await version()).toBe(schemaVersion)

    const [fresher, ...workers] = await Promise.all([
      enqueuer('new', next.program('steady-enqueuer-process.ts')),
      worker('old', 'worker-process.ts'),
      worker('new', next.program('worker-process.ts')),
    ])
    const enqueuers = [old, fresher]
    const progress = async () => {
      const marks = enqueuers.map(committed)
      await until(() => enqueuers.every((one, i) => committed(one) >= (marks[i] ?? 0) + 10), {
        timeout: 60_000,
      })
    }
    await progress()
    enqueuers.push(await enqueuer('upgrading', next.program('steady-enqueuer-process.ts'), 'migrate'))
    expect(await version()).toBe(schemaVersion + 1)
    await progress()
    // Today's code begins on the next tables.
    await using mail = createMailQueue({ database: url })
    await mail.enqueueMany(Array.from({ length: 5 }, (_, i) => ({ mail: letter(`many-${i}@example.com`) })))
    for (let i = 0; i < 5; i++) await mail.enqueue(letter(`late-${i}@example.com`))

    const all = 10 + (await Promise.all(enqueuers.map(stopped))).reduce((a, b) => a + b)
    await until(async () => (await mail.count({ state: 'sent' })) === all, { timeout: 60_000 })
    for (const one of workers) {
      one.process.kill('SIGTERM')
      expect(await one.ended).toBe(0)
    }
    const stumbled = [...workers, ...enqueuers].flatMap(({ said }) =>
      said.filter((one) =>
        ['error', 'failed', 'deferred', 'unknown', 'stale', 'rescued'].some((name) => name in one),
      ),
    )
    expect(stumbled).toEqual([])
    expect(smtp.received).toHaveLength(all)
    expect(new Set(smtp.received.map(({ to }) => to[0])).size).toBe(all)
    expect(await mail.stats()).toMatchObject({
      unknown: 0,
      states: { sent: all, queued: 0, sending: 0, failed: 0 },
    })
    const by = await byHand.run(
      `select worker, count(*) as n from ${byHand.table('attempt')} group by worker`,
    )
    expect(by.map((row) => row.worker).sort()).toEqual(['new', 'old'])
    await byHand.close()
    await smtp.close()
  }, 180_000)
})
