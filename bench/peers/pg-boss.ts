import { PgBoss } from 'pg-boss'
import { letter, pool } from '../support.ts'
import { fillThenDrain, type Peer } from './peer.ts'

export function pgBoss(version: string): Peer[] {
  return [{ name: `pg-boss ${version}, batches of 100`, round }]
}

async function round(bench: Parameters<Peer['round']>[0]) {
  const boss = new PgBoss({ connectionString: await bench.servers.fresh('postgres'), schedule: false })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue('mail')
  const transporter = pool(bench.sink, 10)
  // Fetched by hand, for its own workers wait for half a second at least between two batches; two at a time, so that the pool never starves.
  const work = async () => {
    for (;;) {
      const jobs = await boss.fetch('mail', { batchSize: 100 })
      if (jobs.length === 0) return
      await Promise.all(jobs.map(({ data }) => transporter.sendMail(data)))
      await boss.complete(
        'mail',
        jobs.map(({ id }) => id),
      )
    }
  }
  const rates = await fillThenDrain(bench, {
    fill: (numbers) =>
      boss.insert(
        'mail',
        numbers.map((i) => ({ data: letter(`c${i}@example.com`) })),
      ),
    drain: () => Promise.all([work(), work()]),
  })
  transporter.close()
  await boss.stop({ graceful: false })
  return rates
}
