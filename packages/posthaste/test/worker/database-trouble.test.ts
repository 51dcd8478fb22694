import { expect, test } from 'vitest'
import { type AppDatabase, openApp } from '../support/app-database.ts'
import { endConnection, otherConnections } from '../support/databases/connections.ts'
import { describeDatabase, serverKinds } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { until } from '../support/wait.ts'

interface Trouble {
  begin(user: string): string
  end(user: string): string
  readonly says: RegExp
}

/** How a server is asked to be in trouble for one user, and nobody else. */
interface Server {
  readonly welcome: (user: string, database: string) => string[]
  readonly dismiss: (user: string) => string[]
  readonly troubles: Readonly<Record<string, Trouble>>
}

const postgres: Server = {
  welcome: (user, database) => [
    `create role ${user} login password 'secret'`,
    `grant create on database ${database} to ${user}`,
  ],
  dismiss: (user) => [`drop owned by ${user} cascade`, `drop role ${user}`],
  troubles: {
    'turns read-only': {
      begin: (user) => `alter role ${user} set default_transaction_read_only = on`,
      end: (user) => `alter role ${user} reset default_transaction_read_only`,
      says: /read-only/,
    },
    'gives no more connections': {
      begin: (user) => `alter role ${user} connection limit 0`,
      end: (user) => `alter role ${user} connection limit -1`,
      says: /does not answer.*too many connections/,
    },
  },
}

/** MariaDB, too. Connections are counted for a user only who had a limit when they were opened. */
const mysql: Server = {
  welcome: (user, database) => [
    `create user ${user} identified by 'secret' with max_user_connections 1000`,
    `grant all on ${database}.* to ${user}`,
  ],
  dismiss: (user) => [`drop user ${user}`],
  troubles: {
    // The whole server; but the other tests' user may write all the same.
    'turns read-only': {
      begin: () => 'set global read_only = on',
      end: () => 'set global read_only = off',
      says: /read-only/,
    },
    'gives no more connections': {
      begin: (user) => `alter user ${user} with max_user_connections 1`,
      end: (user) => `alter user ${user} with max_user_connections 1000`,
      says: /does not answer.*max_user_connections/,
    },
  },
}

for (const kind of serverKinds)
  describeDatabase(kind, 'a worker whose database', (_kind, fresh) => {
    const server = kind === 'postgres' ? postgres : mysql
    test.each(Object.entries(server.troubles))(
      '%s says so, takes up its work again by itself, and loses and doubles nothing that it cannot flag',
      async (_what, trouble) => {
        const { url: asRoot } = await fresh()
        const root = await openApp(kind, asRoot)
        const database = new URL(asRoot).pathname.slice(1)
        const name = `u_${database}`
        const user = kind === 'postgres' ? name : `${name}@'${await hostSeenBy(root)}'`
        await all(root, server.welcome(user, database))
        const asUser = new URL(asRoot)
        asUser.username = name
        asUser.password = 'secret'
        // The one connection that MySQL leaves to the user: it takes no limit of none.
        const holder = kind === 'postgres' ? undefined : await openApp(kind, asUser.href)
        const [held] = (await holder?.run('select connection_id() as id')) ?? []
        await survive(asUser.href, {
          ...trouble,
          async begin() {
            await root.run(trouble.begin(user))
            for (const one of await otherConnections(kind, root.run))
              if (one.user === name && one.id !== held?.id) await endConnection(kind, root.run, one)
          },
          end: async () => void (await root.run(trouble.end(user))),
        })
        await holder?.close()
        await all(root, server.dismiss(user))
        await root.close()
      },
      120_000,
    )
  })

/** Of two users of one name the server takes the one whose host says more. */
async function hostSeenBy(root: AppDatabase): Promise<string> {
  const [row] = await root.run("select substring_index(user(), '@', -1) as host")
  return String(row?.host)
}

async function all(root: AppDatabase, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await root.run(statement)
}

async function survive(
  url: string,
  { begin, end, says }: { begin(): Promise<void>; end(): Promise<void>; says: RegExp },
): Promise<void> {
  await using line = await openLine(url)
  const many = 200
  await line.mail.enqueueMany(Array.from({ length: many }, (_, i) => ({ mail: letter(`${i}@example.com`) })))
  const worker = await workerProcess(
    { database: url, transports: { default: line.smtp.url } },
    { lease: '2s' },
  )
  await line.smtp.mails(20, { timeout: 30_000 })
  try {
    await begin()
    await until(() => worker.said.some((one) => says.test(String(one.error))), { timeout: 30_000 })
    // The first may get a connection whose end has not been noticed yet.
    await until(async () => {
      await expect(line.mail.enqueue(letter('refused@example.com'))).rejects.toThrow(says)
      return true
    })
  } finally {
    await end()
  }
  await line.mail.enqueue(letter('again@example.com'))
  await until(async () => (await line.mail.count({ state: 'sent' }).catch(() => 0)) === many + 1, {
    timeout: 60_000,
  })
  const copies = Map.groupBy(line.smtp.received, ({ to }) => to[0] ?? '')
  expect(copies.size).toBe(many + 1)
  for (const [address, { length }] of copies)
    if (length > 1) expect((await line.mail.find({ to: address })).items[0]?.unknowns).toBeGreaterThan(0)
  worker.process.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
}
