import { DatabaseSync } from 'node:sqlite'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue, type MailSql, type SqlStatement } from '../src/index.ts'
import { describeDatabase, describeEachDatabase, type EngineName, engineOf } from './support/databases.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'

type Params = SqlStatement['params']
interface Raw {
  run(sql: string, params?: Params): Promise<unknown>
  close(): Promise<unknown>
}

const raw: Record<EngineName, (url: string) => Promise<Raw>> = {
  async postgres(url) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return { run: (sql, params) => client.query(sql, params && [...params]), close: () => client.end() }
  },
  async mysql(url) {
    const connection = await createConnection(url)
    return {
      run: (sql, params) =>
        params ? connection.execute(sql, [...params] as (string | Buffer)[]) : connection.query(sql),
      close: () => connection.end(),
    }
  },
  async sqlite(url) {
    const database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 10_000 })
    return {
      run: async (sql, params = []) => database.prepare(sql).run(...(params as string[])),
      close: async () => database.close(),
    }
  },
}

describeEachDatabase('mail as SQL', (kind, fresh) => {
  let smtp: SmtpServer
  let mail: MailQueue<'default'>
  let app: Raw

  beforeAll(async () => {
    const { url } = await fresh()
    smtp = await startSmtp()
    mail = createMailQueue({ database: url, transports: { default: smtp.url } })
    await mail.migrate()
    await mail.suppressions.add('off@example.com')
    app = await raw[engineOf(kind)](url)
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
    await smtp.close()
  })

  async function run({ statements }: MailSql): Promise<void> {
    for (const { sql, params } of statements) await app.run(sql, params)
  }

  async function delivered(): Promise<string[]> {
    const before = smtp.received.length
    await mail.deliverDue()
    return smtp.received.slice(before).flatMap(({ to }) => to)
  }

  test('is delivered, with all that an enqueue stores, when the transaction that ran it commits', async () => {
    const written = await mail.toSQL(
      {
        ...letter('told'),
        cc: ['off@example.com', "o'hara@example.com"],
        subject: "It's ünicode ? $1 :p1 🎉",
      },
      { priority: 'high', tags: ["a'b", '?'], metadata: { n: 1 }, stream: 'default' },
    )
    expect(await mail.get(written.id)).toBeUndefined()
    await app.run('begin')
    await run(written)
    await app.run('commit')
    expect(await mail.get(written.id)).toMatchObject({
      state: 'queued',
      messageId: written.messageId,
      priority: 'high',
      tags: expect.arrayContaining(["a'b", '?']),
      metadata: { n: 1 },
    })
    expect(await delivered()).toEqual(['told@example.com', "o'hara@example.com"])
    expect((await smtp.received.at(-1)?.parsed())?.subject).toBe("It's ünicode ? $1 :p1 🎉")
  })

  test('never existed when it is rolled back, and goes with its savepoint', async () => {
    const [undone, kept, inner] = await Promise.all(
      ['undone', 'kept', 'inner'].map((name) => mail.toSQL(letter(name))),
    )
    if (!undone || !kept || !inner) throw new Error('toSQL gave nothing')
    await app.run('begin')
    await run(undone)
    await app.run('rollback')
    await app.run('begin')
    await run(kept)
    await app.run('savepoint app')
    await run(inner)
    await app.run('rollback to savepoint app')
    await app.run('commit')
    expect(await mail.get(undone.id)).toBeUndefined()
    expect(await mail.get(inner.id)).toBeUndefined()
    expect(await delivered()).toEqual(['kept@example.com'])
  })

  // An error aborts a transaction of PostgreSQL, and there is but one statement.
  test.skipIf(kind === 'postgres')('of which any statement is missing is never claimed', async () => {
    const options = { tags: ['a', 'b'] }
    const { statements } = await mail.toSQL(letter('half'), options)
    expect(statements.length).toBeGreaterThan(3)
    for (const missing of statements.keys()) {
      const half = await mail.toSQL(letter('half'), options)
      await app.run('begin')
      for (const [n, { sql, params }] of half.statements.entries())
        if (n !== missing) await app.run(sql, params)
      await app.run('commit')
      // Its tags are no part of what is sent.
      const isTags = /_tag/.test(statements[missing]?.sql ?? '')
      expect(await delivered(), `without ${statements[missing]?.sql}`).toEqual(
        isTags ? ['half@example.com'] : [],
      )
    }
  })

  test('cannot be stored twice by running it again', async () => {
    const written = await mail.toSQL(letter('once'))
    await app.run('begin')
    await run(written)
    await app.run('commit')
    await app.run('begin')
    await expect(run(written)).rejects.toThrow()
    await app.run('rollback')
    expect(await delivered()).toEqual(['once@example.com'])
  })

  test('has its values in parameters only: the text is the same for every mail', async () => {
    const one = await mail.toSQL({ ...letter('one'), subject: "'; drop table mail; --" })
    const two = await mail.toSQL({ ...letter('two'), text: 'Other' }, { priority: 'low' })
    expect(one.statements.map(({ sql }) => sql)).toEqual(two.statements.map(({ sql }) => sql))
    for (const { sql, params } of one.statements) {
      expect(sql.match(kind === 'postgres' ? /\$\d+/g : /\?/g)).toHaveLength(params.length)
      expect(sql).not.toContain('example.com')
    }
  })

  test('writes its placeholders as it is asked to', async () => {
    const named = (await mail.toSQL(letter('named'), { placeholders: 'named' })).statements
    for (const { sql, params, named: values } of named) {
      expect(sql).not.toMatch(/\?|\$\d/)
      expect(Object.keys(values)).toEqual(params.map((_, n) => `p${n + 1}`))
      for (const name of Object.keys(values)) expect(sql).toMatch(new RegExp(`[^:]:${name}\\b`))
    }
    const numbered = (await mail.toSQL(letter('numbered'), { placeholders: 'numbered' })).statements
    expect(numbered.at(-1)?.sql).toContain('$1')
    await expect(mail.toSQL(letter('x'), { placeholders: 'inline' as never })).rejects.toMatchObject({
      code: 'PH_OPTION_INVALID',
    })
  })

  test('is refused where its statements would need answers, and where the mail is bad', async () => {
    const attachments = [{ filename: 'a.txt', content: 'Hello' }]
    await expect(mail.toSQL({ ...letter('x'), attachments })).rejects.toMatchObject({ code: 'PH_NOT_AS_SQL' })
    const asked = { idempotencyKey: 'x', onConflict: 'refuse' } as const
    await expect(mail.toSQL(letter('x'), asked)).rejects.toMatchObject({ code: 'PH_NOT_AS_SQL' })
    await expect(mail.toSQL({ ...letter('x'), to: 'nobody' })).rejects.toMatchObject({
      code: 'PH_ADDRESS_INVALID',
    })
    await expect(mail.toSQL(letter('x'), { prio: 1 } as never)).rejects.toMatchObject({
      code: 'PH_OPTION_UNKNOWN',
    })
  })
})

describeDatabase('sqlite', 'mail as SQL with names', (_, fresh) => {
  test('runs in a driver that binds by name', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url })
    const { id, statements } = await mail.toSQL(letter('named'), { placeholders: 'named' })
    const database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 10_000 })
    database.exec('begin immediate')
    for (const { sql, named } of statements) database.prepare(sql).run(named)
    database.exec('commit')
    expect(await mail.get(id)).toMatchObject({ state: 'queued' })
    database.close()
  })
})

describeDatabase('postgres', 'mail as SQL beside a sleeping worker', (_, fresh) => {
  test('wakes it by its commit', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    const worker = mail.worker()
    await worker.start()
    const app = await raw.postgres(url)
    for (const name of ['first', 'second']) {
      const { id, statements } = await mail.toSQL(letter(name))
      for (const { sql, params } of statements) await app.run(sql, params)
      expect(await mail.settled(id, { timeout: '10s' })).toMatchObject({ state: 'sent' })
    }
    await app.close()
    await worker.stop()
  })
})

function letter(name: string) {
  return { from: 'shop@example.com', to: `${name}@example.com`, subject: name, text: 'Hello' }
}
