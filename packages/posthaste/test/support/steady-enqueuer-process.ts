import { setTimeout as sleep } from 'node:timers/promises'
import { createMailQueue } from '../../src/index.ts'
import { openApp } from './app-database.ts'
import type { DatabaseKind } from './databases.ts'
import { letter } from './line.ts'

// An app that commits orders, each with its mail, until it is told to stop. Arguments: kind, url, name, whether it makes the tables first.
const [kind, url, name, migrate] = process.argv.slice(2) as [DatabaseKind, string, string, string?]
const mail = createMailQueue({ database: url })
if (migrate) await mail.migrate()
const app = await openApp(kind, url)
let told = false
process.once('message', () => {
  told = true
})
let committed = 0
while (!told) {
  await app.begin()
  await app.order(`${name}-${committed}`)
  await mail.enqueueIn(app.tx, letter(`${name}-${committed}@example.com`))
  await app.commit()
  process.send?.({ committed: ++committed })
  await sleep(10)
}
await app.close()
await mail.close()
process.send?.({ done: committed })
process.disconnect?.()
