import { setTimeout as sleep } from 'node:timers/promises'
import { createMailQueue } from '../packages/posthaste/src/index.ts'
import { openApp } from '../packages/posthaste/test/support/app-database.ts'
import type { DatabaseKind } from '../packages/posthaste/test/support/databases/kinds.ts'
import { seeded } from './random.ts'

// An app that writes orders and their mail in one transaction each, and takes a quarter of them back. Arguments: kind, url, name, seed.
const [kind, url, name, seed] = process.argv.slice(2) as [DatabaseKind, string, string, string]
const random = seeded(Number(seed))
const mail = createMailQueue({ database: url })
let over = false
process.once('SIGTERM', () => {
  over = true
})
for (let i = 0; !over; )
  try {
    const app = await openApp(kind, url)
    try {
      process.send?.({ started: true })
      while (!over) await order(app, `${flavour()}-${name}-${i++}`)
    } finally {
      await app.close().catch(() => {})
    }
  } catch {
    await sleep(100)
  }
await mail.close().catch(() => {})
process.exit(0)

async function order(app: Awaited<ReturnType<typeof openApp>>, id: string): Promise<void> {
  await app.begin()
  await app.order(id)
  await mail.enqueueIn(
    app.tx,
    { from: 'shop@example.com', to: `${id}@example.com`, subject: id, text: `Order ${id}` },
    { onUnknown: id.startsWith('hold') ? 'hold' : 'retry' },
  )
  await (random() < 0.25 ? app.rollback() : app.commit())
  await sleep(random() * 60)
}

/** What becomes of it is told by its name. */
function flavour(): string {
  const dice = random()
  if (dice < 0.05) return 'never'
  if (dice < 0.15) return 'later'
  return dice < 0.3 ? 'hold' : 'plain'
}
