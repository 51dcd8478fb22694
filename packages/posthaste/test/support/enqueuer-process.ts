import { createMailQueue } from '../../src/index.ts'
import { openApp } from './app-database.ts'
import type { DatabaseKind } from './databases.ts'
import { letter } from './line.ts'

// An app in a process of its own: orders and mail in one transaction each. Arguments: kind, url, name, number of mails.
const [kind, url, name, count] = process.argv.slice(2) as [DatabaseKind, string, string, string]
const mail = createMailQueue({ database: url })
const app = await openApp(kind, url)
for (let i = 0; i < Number(count); i++) {
  await app.begin()
  await app.order(`${name}-${i}`)
  await mail.enqueueIn(app.tx, letter(`${name}-${i}@example.com`))
  await app.commit()
}
await app.close()
await mail.close()
process.send?.({ done: true })
process.disconnect?.()
