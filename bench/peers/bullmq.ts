import { Queue, Worker } from 'bullmq'
import { letter, pool } from '../support.ts'
import { fillThenDrain, type Peer, type Rates } from './peer.ts'
import { openRedis, type Redis } from './redis.ts'

export async function bullmq(version: string): Promise<Peer[]> {
  const redis = await openRedis()
  return [
    {
      name: `BullMQ ${version}, ${redis.described}`,
      round: (bench) => round(bench, redis),
      close: redis.stop,
    },
  ]
}

async function round(bench: Parameters<Peer['round']>[0], { url }: Redis): Promise<Rates> {
  const connection = { ...connectionOf(url), maxRetriesPerRequest: null }
  const name = `posthaste-bench-${crypto.randomUUID()}`
  const queue = new Queue(name, { connection })
  const transporter = pool(bench.sink, 10)
  const worker = new Worker(name, ({ data }) => transporter.sendMail(data), {
    connection,
    concurrency: 20,
    autorun: false,
  })
  worker.on('error', (error) => console.error(error))
  worker.on('failed', (_, error) => console.error(error))
  await worker.waitUntilReady()
  const rates = await fillThenDrain(bench, {
    fill: (numbers) =>
      queue.addBulk(
        numbers.map((i) => ({
          name: 'mail',
          data: letter(`c${i}@example.com`),
          opts: { removeOnComplete: true },
        })),
      ),
    drain: () => completed(worker, bench.mails),
  })
  await worker.close()
  transporter.close()
  await queue.obliterate({ force: true })
  await queue.close()
  return rates
}

function completed(worker: Worker, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = 0
    worker.on('completed', () => {
      if (++done === count) resolve()
    })
    worker.run().catch(reject)
  })
}

function connectionOf(url: string) {
  const { hostname, port, username, password, pathname, protocol } = new URL(url)
  return {
    host: hostname,
    port: Number(port || 6379),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    db: Number(pathname.slice(1) || 0),
    ...(protocol === 'rediss:' && { tls: {} }),
  }
}
