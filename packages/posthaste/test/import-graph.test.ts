import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { describeDatabase } from './support/databases.ts'
import { startProcess } from './support/processes.ts'

const root = fileURLToPath(new URL('../src/', import.meta.url))
/** Only the handle that `mail.worker()` gives, which loads the rest when it is started, and what reads options. */
const light = [
  'worker/worker.ts',
  'worker/wakeup.ts',
  'worker/read-options.ts',
  'transports/smtp/read-options.ts',
  'transports/smtp/url.ts',
]
const foreign =
  /node_modules\/(hono|@hono|commander|picocolors|string-width|pg|mysql2|better-sqlite3|knex|drizzle-orm|postgres|typeorm|sequelize|@mikro-orm|@prisma|objection|@electric-sql)\//

interface Graph {
  readonly imported: string[]
  readonly enqueued: string[]
  readonly queued: number
}

describeDatabase('sqlite', 'an app that only enqueues', (_, fresh) => {
  test('loads no worker, no transport, no web, no command line, and no driver but its own', async () => {
    const { imported, enqueued, queued } = await graphOf((await fresh()).url)
    expect(queued).toBe(2)
    expect(own(enqueued)).toContain('queue/enqueue.ts')
    expect(own(enqueued).filter((file) => /^(worker|http|cli|demo|testing|transports)\//.test(file))).toEqual(
      own(enqueued).filter((file) => light.includes(file)),
    )
    expect(enqueued.filter((url) => foreign.test(url))).toEqual([])
    expect(imported.filter((url) => url === 'node:sqlite')).toEqual([])
  })
})

for (const [kind, driver] of [
  ['postgres', 'pg'],
  ['mariadb', 'mysql2'],
] as const)
  describeDatabase(kind, 'an app that only enqueues', (_, fresh) => {
    test('loads the driver of its database, and only when it connects', async () => {
      const { url } = await fresh()
      const { createMailQueue } = await import('../src/index.ts')
      await using mail = createMailQueue({ database: url })
      await mail.migrate()
      const { imported, enqueued } = await graphOf(url)
      expect(imported.filter((one) => foreign.test(one))).toEqual([])
      expect(new Set(enqueued.flatMap((one) => foreign.exec(one)?.[1] ?? []))).toEqual(new Set([driver]))
      expect(enqueued).not.toContain('node:sqlite')
    })
  })

async function graphOf(url: string): Promise<Graph> {
  const child = await startProcess('import-graph-process.ts', [url])
  const graph = (await child.heard('graph')) as Graph
  expect(await child.ended).toBe(0)
  return graph
}

function own(urls: readonly string[]): string[] {
  return urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url))
    .filter((file) => file.startsWith(root))
    .map((file) => file.slice(root.length))
}
