import { setTimeout as sleep } from 'node:timers/promises'
import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { letter, ratios } from '../support.ts'
import { cpuBetween, startWorker } from '../worker-process.ts'

/** Two worker processes beside one, on one PostgreSQL; and what an idle one costs. */
export async function fleet(bench: Bench): Promise<Line[]> {
  const one: number[] = []
  const two: number[] = []
  for (let round = 0; round < Math.min(2, bench.rounds); round++) {
    one.push(await drainedBy(bench, 1))
    two.push(await drainedBy(bench, 2))
  }
  return [
    lineOf('drain by one worker process, PostgreSQL, 20 connections', one, { unit: 'mails/s' }),
    lineOf('drain by two worker processes ÷ one (reported; 4 cores or more are wanted)', ratios(two, one), {
      unit: '×',
    }),
    ...(await idle(bench)),
  ]
}

async function drainedBy({ sink, servers, mails }: Bench, workers: number): Promise<number> {
  const database = await servers.fresh('postgres')
  const mail = createMailQueue({ database })
  await mail.migrate()
  await mail.pause()
  await mail.enqueueMany(Array.from({ length: mails }, (_, i) => ({ mail: letter(`c${i}@example.com`) })))
  const config = {
    database,
    transports: { default: { url: sink.url, maxConnections: 20, maxMessages: 1_000_000 } },
  }
  const running = await Promise.all(
    Array.from({ length: workers }, () => startWorker(config, { concurrency: 20 })),
  )
  const before = await sink.count()
  const began = performance.now()
  await mail.resume()
  while ((await sink.count()) < before + mails) await sleep(10)
  const seconds = (performance.now() - began) / 1_000
  await Promise.all(running.map((worker) => worker.end()))
  await mail.close()
  return mails / seconds
}

async function idle({ sink, servers, quick }: Bench): Promise<Line[]> {
  const database = await servers.fresh('postgres')
  const mail = createMailQueue({ database })
  await mail.migrate()
  const worker = await startWorker({ database, transports: { default: sink.url } }, {})
  await sleep(quick ? 500 : 3_000)
  const seconds = quick ? 1 : 15
  const before = await worker.usage()
  await sleep(seconds * 1_000)
  const after = await worker.usage()
  await worker.end()
  await mail.close()
  return [
    {
      what: 'an idle worker, statements a second',
      value: (after.statements - before.statements) / seconds,
      unit: '/s',
      target: { atMost: 1 },
    },
    {
      what: 'an idle worker, share of a core',
      value: cpuBetween(before, after) / (seconds * 10),
      unit: '%',
      target: { atMost: 0.5 },
    },
  ]
}
