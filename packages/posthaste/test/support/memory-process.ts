import { createMailQueue } from '../../src/index.ts'

// Delivers one mail, then another, in a process of its own, and says how high its memory rose above what the first had needed. Arguments: the
// configuration, the ids of both, as JSON.
const [config, ids] = process.argv.slice(2, 4).map((json) => JSON.parse(json)) as [
  { database: string },
  [string, string],
]
const mail = createMailQueue(config)
await mail.deliverDue({ ids: [ids[0]] })
const before = rss()
let highest = before
const watch = setInterval(() => {
  highest = Math.max(highest, rss())
}, 2)
const counts = await mail.deliverDue({ ids: [ids[1]] })
clearInterval(watch)
process.send?.({ measured: { before, more: Math.max(highest, rss()) - before, counts } })
await mail.close()
process.disconnect?.()

function rss(): number {
  return process.memoryUsage.rss() / 2 ** 20
}
