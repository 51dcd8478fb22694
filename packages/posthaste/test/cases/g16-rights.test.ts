import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/connections/open.ts'
import { createMailQueue } from '../../src/index.ts'
import { createStore } from '../../src/store/create-store.ts'
import { engineFor } from '../../src/store/engine-for.ts'
import { checkSchema } from '../../src/store/migrate.ts'
import { postgresEngine } from '../../src/store/postgres/engine.ts'
import type { Right } from '../../src/store/rights/rights.ts'
import { connectAs, enqueueEveryWay } from '../support/app-work.ts'
import { callHere, posthasteJson } from '../support/cli.ts'
import { describeDatabase, freshDatabase, serverKinds } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { eachColumn, isOnlySwept, says, statementsIn, word } from '../support/rights.ts'
import { accountOf, openRoles, type Roles } from '../support/roles.ts'
import type { SmtpScript } from '../support/smtp/script.ts'
import { claim, minute, newWorker, type OpenStore, openStore } from '../support/store.ts'
import { emptyTables } from '../support/store-rows.ts'
import { until } from '../support/wait.ts'
import { workEveryWay } from '../support/worker-work.ts'

const listed = 'listed@example.com'

for (const kind of serverKinds)
  describeDatabase(kind, 'G16: a role with the rights that --print-grants gives', (_kind, fresh) => {
    let roles: Roles
    let owner: OpenStore
    const engine = () => owner.engine
    const account = (role: 'app' | 'worker') => accountOf(kind, roles[role].name)

    beforeAll(async () => {
      const database = await fresh()
      roles = await openRoles(kind, database.url)
      owner = await openStore(kind, database)
      const named = ['--app', roles.app.name, '--worker', roles.worker.name]
      const printed = await callHere(['migrate', '--print-grants', ...named], {
        env: { DATABASE_URL: roles.url },
      })
      expect(printed).toMatchObject({ code: 0, stderr: '' })
      for (const statement of statementsIn(printed.stdout)) await roles.root.run(statement)
      if (kind === 'postgres')
        await roles.root.run('revoke execute on all functions in schema posthaste from public')
      await roles.root.run(`grant select, insert on app_order to ${account('app')}`)
    })

    afterAll(async () => {
      await owner?.close()
      await roles?.drop()
    })

    beforeEach(async () => {
      await emptyTables(owner)
      await using mail = createMailQueue({ database: roles.url })
      await mail.suppressions.add(listed)
    })

    const enqueues = () => enqueueEveryWay(kind, roles.app.url, listed)

    async function works(): Promise<void> {
      const database = await openDatabase(roles.worker.url)
      try {
        const own = engineFor(database, { database: database.schemaName })
        await checkSchema(database, own)
        await workEveryWay(owner, createStore(database, own))
      } finally {
        await database.close()
      }
    }

    test('may enqueue in every way, beside the rows of the app', async () => {
      await enqueues()
      await using mail = createMailQueue({ database: roles.app.url })
      const app = await connectAs(kind, roles.app.url)
      await app.run('begin')
      await app.run("insert into app_order values ('kept')")
      const { id } = await mail.enqueueIn(app.tx, letter('ada@example.com'))
      await app.run('commit')
      await app.close()
      expect(await owner.store.get(id)).toMatchObject({ state: 'queued' })
    })

    test.each([
      ['recipient', 'address'],
      ['mail', 'subject'],
      ['mail', 'metadata'],
      ['body', 'document'],
      ['chunk', 'data'],
      ['tag', 'tag'],
      ['attempt', 'reply'],
      ['delivery', 'stream'],
      ['suppression', 'note'],
    ] as const)('an app reads no %s.%s', async (table, column) => {
      const app = await connectAs(kind, roles.app.url)
      const read = app.run(`select ${column} from ${engine().tables[table]}`)
      await expect(read).rejects.toThrow(/denied/)
      await app.close()
    })

    test('an app that looks at mail or delivers it is refused in words', async () => {
      await using mail = createMailQueue({ database: roles.app.url, delivery: 'capture' })
      await mail.enqueue(letter('ada@example.com'))
      for (const work of [() => mail.find({ all: true }), () => mail.deliverDue(), () => mail.health()])
        await expect(work()).rejects.toMatchObject({
          code: 'PH_DATABASE_RIGHTS',
          message: expect.stringContaining('--print-grants'),
        })
    })

    test('may do all that a worker asks of the database', works)

    test('delivers, retries, takes over from the dead, and purges, as a worker', async () => {
      let refusals = 1
      const deferOnce: SmtpScript = ({ step }) =>
        step === 'RCPT' && refusals-- > 0 ? '451 4.2.0 later' : undefined
      await using line = await openLine(roles.url, {}, { reply: deferOnce })
      const old = await line.mail.enqueue(letter('old@example.com'))
      await owner.database.query(`update ${engine().tables.delivery} set state = 'sent', settled_at = 1`)
      const orphan = await line.mail.enqueue(letter('orphan@example.com'))
      const now = await owner.database.now()
      const dead = newWorker({
        startedAt: now - 9 * minute,
        heartbeatAt: now - 9 * minute,
        leaseUntil: now - 8 * minute,
      })
      await owner.store.registerWorker(dead)
      expect(await claim(owner, { workerId: dead.id, now: now + minute })).toHaveLength(1)
      const plain = await line.mail.enqueue(letter('plain@example.com'))
      await using mail = createMailQueue({
        database: roles.worker.url,
        transports: { default: line.smtp.url },
        retry: { first: '1ms' },
        retention: { sent: '1d' },
      })
      const worker = mail.worker({ pollInterval: '50ms' })
      const errors: unknown[] = []
      worker.on('error', (error) => errors.push(error))
      await worker.start()
      await line.smtp.mails(2, { timeout: 30_000 })
      await until(async () => (await owner.store.get(old.id)) === undefined)
      for (const { id } of [orphan, plain])
        await until(async () => (await owner.store.get(id))?.state === 'sent', { timeout: 20_000 })
      expect(await mail.health()).toMatchObject({ healthy: true })
      await worker.stop()
      const outcomes = await Promise.all([orphan, plain].map(({ id }) => owner.store.attempts(id)))
      expect(
        outcomes
          .flat()
          .map(({ outcome }) => outcome)
          .sort(),
      ).toEqual(['accepted', 'accepted', 'deferred', 'died'])
      expect(errors).toEqual([])
    })

    test('a name that has quotes in it is no more than a name', async () => {
      const name = `o'h"a\`ra; drop -- ${roles.url.slice(-4)}`
      const quoted =
        kind === 'postgres' ? `"${name.replaceAll('"', '""')}"` : `\`${name.replaceAll('`', '``')}\``
      await using mail = createMailQueue({ database: roles.url })
      const sql = await mail.grantsSql({ app: name, worker: name })
      await roles.root.run(kind === 'postgres' ? `create role ${quoted}` : `create user ${quoted}`)
      for (const statement of statementsIn(sql)) await roles.root.run(statement)
      await roles.root.run(kind === 'postgres' ? `drop owned by ${quoted}` : `drop user ${quoted}`)
      if (kind === 'postgres') await roles.root.run(`drop role ${quoted}`)
      expect(statementsIn(sql).length).toBeGreaterThan(20)
    })

    describe.each(['app', 'worker'] as const)('%s', (role) => {
      const does = role === 'app' ? enqueues : works

      test('needs each of its rights: without one it fails, and says which', async () => {
        const rights = engine().rights?.of(role) ?? []
        const unneeded: string[] = []
        for (const right of rights.flatMap(eachColumn)) {
          await emptyTables(owner)
          await using mail = createMailQueue({ database: roles.url })
          await mail.suppressions.add(listed)
          const met = await without(right, does)
          const said = met instanceof Error ? met.message : String(met)
          if (!says(said, right) && !isOnlySwept(right))
            unneeded.push(`${word(right)} on ${right.on}: ${said.slice(0, 160)}`)
        }
        expect(unneeded).toEqual([])
        await does()
      }, 300_000)

      test('lacks one right: the doctor names it, and what to run', async () => {
        const [right] = (engine().rights?.of(role) ?? []).filter(({ name }) => name === 'delivery')
        if (!right) throw new Error('there is no such right')
        const env = { DATABASE_URL: roles[role].url, POSTHASTE_SMTP_URL: 'smtp://127.0.0.1:1' }
        const findings = async () =>
          (await posthasteJson(['doctor'], { env })).findings as { check: string }[]
        expect((await findings()).filter(({ check }) => check === 'rights')).toMatchObject([{ level: 'ok' }])
        await roles.root.run(`revoke ${word(right)} on ${right.on} from ${account(role)}`)
        const found = (await findings()).filter(({ check }) => check === 'rights')
        expect(found).toMatchObject([
          { level: 'problem', remedy: expect.stringMatching(/grant .* on .*delivery.* to .*;/) },
        ])
        const { remedy } = found[0] as unknown as { remedy: string }
        await roles.root.run(remedy.slice(remedy.indexOf('grant')).replace(/;$/, ''))
        expect((await findings()).filter(({ check }) => check === 'rights')).toMatchObject([{ level: 'ok' }])
      })

      /** What is met without a right; undefined where nothing is. */
      async function without(right: Right, work: () => Promise<void>): Promise<unknown> {
        await roles.root.run(`revoke ${word(right)} on ${right.on} from ${account(role)}`)
        try {
          return await work().then(
            () => undefined,
            (error: unknown) => error,
          )
        } finally {
          await roles.root.run(`grant ${word(right)} on ${right.on} to ${account(role)}`)
        }
      }
    })
  })

test.each([
  ['public', 'keeps for itself'],
  ['none', 'keeps for itself'],
  ['pg_mailer', 'keeps for itself'],
  ['é'.repeat(32), '63 bytes'],
])('G16: PostgreSQL has no role %j, and nothing is printed for it', (name, why) => {
  expect(() => postgresEngine('posthaste').rights?.account(name)).toThrow(why)
})

test('G16: SQLite has no roles, and says so; neither has anybody one without a name', async () => {
  const { url, drop } = await freshDatabase('sqlite')
  const call = (...args: string[]) =>
    callHere(['migrate', '--print-grants', ...args], { env: { DATABASE_URL: url } })
  expect(await call('--app', 'shop')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('SQLite has no roles'),
  })
  expect(await call('--app', '')).toMatchObject({ code: 2, stderr: expect.stringContaining('app is') })
  await drop()
})
