import { registerHooks } from 'node:module'

/** Enqueues as an app does, and says what was loaded for it, once when it has imported the package and once when it is done. */
const loaded: string[] = []
registerHooks({
  load(url, context, next) {
    loaded.push(url)
    return next(url, context)
  },
})

const { createMailQueue } = await import('../../src/index.ts')
const mail = createMailQueue({
  database: process.argv[2] ?? '',
  transports: { default: 'smtp://127.0.0.1:1' },
})
const imported = [...loaded]
const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }
await mail.enqueue({ ...letter, attachments: [{ filename: 'a.txt', content: 'a' }] })
await mail.enqueueMany([{ mail: letter }])
const queued = (await mail.find({ state: 'queued' })).items.length
await mail.close()
process.send?.({ graph: { imported, enqueued: loaded, queued } })
process.disconnect?.()
