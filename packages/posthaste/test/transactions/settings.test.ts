import { DatabaseSync } from 'node:sqlite'
import { inspect } from 'node:util'
import BetterSqlite from 'better-sqlite3'
import knex, { type Knex } from 'knex'
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { databaseKinds, describeDatabase, type EngineName, engineOf } from '../support/databases.ts'
import { questions } from './questions.ts'

interface App {
  /** Begins, asks, works, asks again, commits; tells both answers. */
  around(work: (tx: object) => Promise<void>): Promise<[before: unknown, after: unknown]>
  close(): Promise<unknown>
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** An app that has its driver read whatever it can in a way of its own. */
const apps: Record<EngineName, Record<string, (url: string) => Promise<App>>> = {
  postgres: {
    async 'pg with objects for every type but text'(url) {
      const read = (oid: number) =>
        oid === 25 || oid === 1043 ? String : (value: string) => ({ own: value, valueOf: () => value })
      const client = new pg.Client({ connectionString: url, types: { getTypeParser: read } as never })
      await client.connect()
      return driver(
        (sql) => client.query(sql).then(({ rows }) => rows),
        client,
        () => client.end(),
      )
    },
    async 'pg with numbers for bigint and text for the rest'(url) {
      const read = (oid: number) => (oid === 20 ? Number : (value: string) => value)
      const client = new pg.Client({ connectionString: url, types: { getTypeParser: read } as never })
      await client.connect()
      return driver(
        (sql) => client.query(sql).then(({ rows }) => rows),
        client,
        () => client.end(),
      )
    },
    async 'postgres.js with BigInt, own dates and camelCase'(url) {
      const sql = postgres(url, {
        max: 1,
        onnotice: () => {},
        transform: postgres.camel,
        types: {
          bigint: postgres.BigInt,
          bool: { to: 16, from: [16], serialize: String, parse: (value: string) => `bool ${value}` },
          time: { to: 1184, from: [1184], serialize: String, parse: (value: string) => `time ${value}` },
        },
      })
      const ask = (tx: unknown) => (tx as typeof sql).unsafe(questions.postgres).then((rows) => [...rows])
      return {
        around: (work) => sql.begin((tx) => asked(() => ask(tx), tx, work)) as never,
        close: () => sql.end(),
      }
    },
    async 'Kysely with the CamelCasePlugin'(url) {
      const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) })
      const db = new Kysely<unknown>({ dialect, plugins: [new CamelCasePlugin()] })
      const ask = async (tx: Transaction<unknown>) =>
        (await tx.executeQuery(CompiledQuery.raw(questions.postgres))).rows
      return {
        around: (work) => db.transaction().execute((tx) => asked(() => ask(tx), tx, work)),
        close: () => db.destroy(),
      }
    },
    'Knex with camelCase': async (url) => knexApp('pg', url, questions.postgres),
  },
  mysql: {
    async 'mysql2 with strings for whatever it can'(url) {
      const connection = await createConnection({
        uri: url,
        dateStrings: true,
        supportBigNumbers: true,
        bigNumberStrings: true,
        typeCast: (field, next) => (/STRING|BLOB/.test(field.type) ? field.string() : next()),
      })
      const ask = (sql: string) => connection.query(sql).then(([rows]) => rows)
      return driver(ask, connection, () => connection.end(), questions.mysql)
    },
    async 'mysql2 with rows as arrays'(url) {
      const connection = await createConnection({ uri: url, rowsAsArray: true, namedPlaceholders: true })
      const ask = (sql: string) => connection.query(sql).then(([rows]) => rows)
      return driver(ask, connection, () => connection.end(), questions.mysql)
    },
    'Knex with camelCase': async (url) => knexApp('mysql2', url, questions.mysql),
  },
  sqlite: {
    async 'better-sqlite3 with defaultSafeIntegers'(url) {
      const db = new BetterSqlite(url.slice('sqlite:'.length))
      db.defaultSafeIntegers(true)
      const ask = async (sql: string) => {
        const statement = db.prepare(sql)
        return statement.reader ? statement.all() : statement.run()
      }
      return driver(ask, db, async () => db.close(), questions.sqlite)
    },
    async 'node:sqlite with BigInt and rows as arrays'(url) {
      const options = { readBigInts: true, returnArrays: true }
      const db = new DatabaseSync(url.slice('sqlite:'.length), options)
      return driver(
        async (sql) => db.prepare(sql).all(),
        db,
        async () => db.close(),
        questions.sqlite,
      )
    },
  },
}

for (const kind of databaseKinds)
  describe.each(Object.keys(apps[engineOf(kind)]))('an app that uses %s', (name) => {
    describeDatabase(kind, 'and reads results in its own way', (_, fresh) => {
      let url: string
      let mail: MailQueue<'default'>

      beforeAll(async () => {
        url = (await fresh()).url
        mail = createMailQueue({ database: url, delivery: 'capture' })
        if (kind !== 'sqlite') await mail.migrate()
      })

      afterAll(() => mail.close())

      test('enqueues whatever there is, and reads as before afterwards', async () => {
        const app = await apps[engineOf(kind)][name]?.(url)
        if (!app) throw new Error('no such app')
        const ids: string[] = []
        const [before, after] = await app.around(async (tx) => {
          const first = await mail.enqueueIn(tx, letter, {
            idempotencyKey: 'k',
            tags: ['a'],
            metadata: { n: 1 },
          })
          const again = await mail.enqueueIn(tx, letter, {
            idempotencyKey: 'k',
            tags: ['a'],
            metadata: { n: 1 },
          })
          expect(again).toEqual({ ...first, status: 'duplicate', duplicate: true, sameContent: true })
          await expect(
            mail.enqueueIn(tx, { ...letter, to: 'grace@example.com' }, { idempotencyKey: 'k' }),
          ).rejects.toMatchObject({ code: 'PH_IDEMPOTENCY_CONFLICT' })
          const large = { ...letter, attachments: [{ content: Buffer.alloc(300_000) }] }
          ids.push(first.id, (await mail.enqueueIn(tx, large)).id)
          const { results } = await mail.enqueueManyIn(tx, [{ mail: letter }, { mail: letter }])
          ids.push(...results.flatMap((one) => one?.id ?? []))
          const plain = await mail.enqueueIn(tx, letter)
          ids.push(plain.id)
          const replacing = await mail.enqueueIn(tx, letter, { idempotencyKey: 'k', replaces: first.id })
          expect(replacing).toMatchObject({ status: 'queued' })
        })
        expect(plainly(after)).toEqual(plainly(before))
        const states = await Promise.all(ids.map(async (id) => (await mail.get(id))?.state))
        expect(states).toEqual(['cancelled', 'queued', 'queued', 'queued', 'queued'])
        await app.close()
      })

      test('is refused outside of a transaction all the same', async () => {
        const app = await apps[engineOf(kind)][name]?.(url)
        let over: object = {}
        await app?.around(async (tx) => {
          over = tx
        })
        await expect(mail.enqueueIn(over, letter)).rejects.toMatchObject({
          code: expect.stringMatching(/^PH_(NO_TRANSACTION|TRANSACTION_ENDED|DATABASE_UNREACHABLE)$/),
        })
        await app?.close()
      })
    })
  })

const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Settings', text: 'Hello' }

/** Objects of their own functions are never equal. */
function plainly(answer: unknown): string {
  return inspect(answer, { depth: 5 })
}

async function asked(
  ask: () => Promise<unknown>,
  tx: object,
  work: (tx: object) => Promise<void>,
): Promise<[unknown, unknown]> {
  const before = await ask()
  await work(tx)
  return [before, await ask()]
}

function driver(
  ask: (sql: string) => Promise<unknown>,
  tx: object,
  close: () => Promise<unknown>,
  question = questions.postgres,
): App {
  return {
    async around(work) {
      await ask('begin')
      const answers = await asked(() => ask(question), tx, work)
      await ask('commit')
      return answers
    },
    close,
  }
}

/** As Objection's snakeCaseMappers do it. */
function knexApp(client: string, url: string, question: string): App {
  const renamed = (row: unknown) =>
    typeof row === 'object' && row !== null && Object.getPrototypeOf(row) === Object.prototype
      ? Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value]))
      : row
  const db = knex({
    client,
    connection: url,
    postProcessResponse: (answer) => {
      if (Array.isArray(answer)) return answer.map((one) => (Array.isArray(one) ? one.map(renamed) : one))
      return answer?.rows ? { ...answer, rows: answer.rows.map(renamed) } : answer
    },
  })
  const rowsOf = (answer: unknown) =>
    JSON.stringify(Array.isArray(answer) ? answer[0] : (answer as { rows: unknown }).rows)
  const ask = async (trx: Knex.Transaction) => rowsOf(await trx.raw(question))
  return {
    around: (work) => db.transaction((trx) => asked(() => ask(trx), trx, work)),
    close: () => db.destroy(),
  }
}
