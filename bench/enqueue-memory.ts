import { Readable } from 'node:stream'
import { createMailQueue } from '../packages/posthaste/src/index.ts'
import { letter } from './support.ts'

// Enqueues one attachment from a stream, then another, and tells how far its memory rose above what the first had needed. Arguments: the
// configuration, the sizes in bytes of both, as JSON.
const [config, sizes] = process.argv.slice(2, 4).map((json) => JSON.parse(json)) as [
  { database: string },
  [number, number],
]
const mail = createMailQueue(config)
const first = await attach(sizes[0])
const before = process.memoryUsage.rss()
let highest = before
const watch = setInterval(() => {
  highest = Math.max(highest, process.memoryUsage.rss())
}, 2)
const second = await attach(sizes[1])
clearInterval(watch)
const more = (Math.max(highest, process.memoryUsage.rss()) - before) / 2 ** 20
process.send?.({ more, ids: [first, second] })
await mail.close()
process.disconnect?.()

async function attach(size: number): Promise<string> {
  const content = Readable.from(pieces(size), { objectMode: false })
  const { id } = await mail.enqueue({
    ...letter('ada@example.com'),
    attachments: [{ filename: 'a.bin', content }],
  })
  return id
}

function* pieces(size: number): Generator<Buffer> {
  const piece = Buffer.alloc(64 * 1024, 'posthaste ')
  for (let at = 0; at < size; at += piece.length) yield piece.subarray(0, Math.min(piece.length, size - at))
}
