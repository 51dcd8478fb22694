import { expect, test } from 'vitest'
import type { Database } from '../src/connections/database.ts'
import { openDatabase } from '../src/connections/open.ts'
import { createStore } from '../src/store/create-store.ts'
import type { Engine } from '../src/store/engine.ts'
import { engineFor } from '../src/store/engine-for.ts'
import { checkSchema, migrate, printMigrations, readVersion } from '../src/store/migrate.ts'
import { migrations, schemaVersion } from '../src/store/migrations.ts'
import { tableNames } from '../src/store/tables.ts'
import { describeEachDatabase, engineOf } from './support/databases.ts'
import { add, claimOne, noon } from './support/store.ts'

const allTitles = ['0001-initial']

/** The migrations of a version that is still to come. */
const later = [
  ...migrations,
  {
    version: 2,
    name: 'made-up',
    fingerprint: 'made up',
    statements: ({ tables }: Engine) => [`alter table ${tables.mail} add column made_up integer`],
  },
]

describeEachDatabase('migrations', (kind, fresh) => {
  async function using<T>(work: (database: Database, url: string) => Promise<T>): Promise<T> {
    const { url } = await fresh()
    const database = await openDatabase(url)
    try {
      return await work(database, url)
    } finally {
      await database.close()
    }
  }

  test('make every table once, and say what they did', () =>
    using(async (database) => {
      const engine = engineFor(database)
      expect(await readVersion(database, engine)).toBe(0)
      expect(await migrate(database, engine, noon)).toEqual(allTitles)
      expect(await migrate(database, engine, noon)).toEqual([])
      expect(await readVersion(database, engine)).toBe(schemaVersion)
      for (const table of tableNames)
        expect(await database.query(`select count(*) as n from ${engine.tables[table]}`)).toBeDefined()
    }))

  test('printed and run by hand give the same tables', async () => {
    const migrated = await using(async (database) => {
      await migrate(database, engineFor(database), noon)
      return describeTables(database)
    })
    const byHand = await using(async (database) => {
      const engine = engineFor(database)
      for (const statement of printMigrations(engine).split(/;\n/))
        if (statement.trim()) await database.query(statement)
      await checkSchema(database, engine)
      expect(await migrate(database, engine, noon)).toEqual([])
      return describeTables(database)
    })
    expect(byHand).toEqual(migrated)
    expect(byHand.length).toBeGreaterThan(100)
  })

  test('are printed as the same text each time, which may be run again', () =>
    using(async (database) => {
      const engine = engineFor(database)
      const runPrinted = async (from?: number, known?: typeof later) => {
        for (const statement of printMigrations(engine, from, known).split(/;\n/).filter(Boolean))
          await database.query(statement)
      }
      const applied = async () => (await database.query(`select * from ${engine.tables.migration}`)).rows
      expect(printMigrations(engine)).toBe(printMigrations(engine))
      await runPrinted()
      const [made, noted] = [await describeTables(database), await applied()]
      const { id } = await add({ database, engine })
      await runPrinted()
      expect([await describeTables(database), await applied()]).toEqual([made, noted])
      expect(Math.abs(Number(noted[0]?.applied_at) - Date.now())).toBeLessThan(60_000)
      expect(await claimOne({ store: createStore(database, engine) })).toMatchObject({ mailId: id })
      await runPrinted(2, later)
      expect(await checkSchema(database, engine)).toBe(2)
    }))

  test('tell tables that are missing, and tables of a version too far away', () =>
    using(async (database) => {
      const engine = engineFor(database)
      await expect(checkSchema(database, engine)).rejects.toMatchObject({ code: 'PH_NOT_MIGRATED' })
      await migrate(database, engine, noon)
      await checkSchema(database, engine)
      await record(database, engine, schemaVersion + 1)
      await checkSchema(database, engine)
      await record(database, engine, schemaVersion + 2)
      await expect(checkSchema(database, engine)).rejects.toMatchObject({ code: 'PH_SCHEMA_TOO_NEW' })
    }))

  test('bring the tables to a made-up next version, on which the version before it still works, and no older one', () =>
    using(async (database) => {
      const engine = engineFor(database)
      await migrate(database, engine, noon)
      const before = await add({ database, engine })
      expect(await migrate(database, engine, noon, later)).toEqual(['0002-made-up'])
      expect(await migrate(database, engine, noon, later)).toEqual([])
      expect(await checkSchema(database, engine)).toBe(2)
      expect(await claimOne({ store: createStore(database, engine) })).toMatchObject({ mailId: before.id })
      await expect(checkSchema(database, engine, 4)).rejects.toMatchObject({ code: 'PH_NOT_MIGRATED' })
    }))

  test('refuse tables that were made by other migrations, and leave them alone', () =>
    using(async (database) => {
      const engine = engineFor(database)
      await migrate(database, engine, noon)
      await database.query(`alter table ${engine.tables.migration} drop column fingerprint`)
      for (const work of [() => checkSchema(database, engine), () => migrate(database, engine, noon, later)])
        await expect(work()).rejects.toMatchObject({ code: 'PH_SCHEMA_UNKNOWN' })
      await expect(database.query(`select made_up from ${engine.tables.mail}`)).rejects.toThrow()
    }))

  test('that fail name the statement and leave no half behind', () =>
    using(async (database) => {
      const engine = engineFor(database)
      const [initial] = migrations
      const statements = (of: Engine) => [...of.initialTables(), 'create nonsense']
      const broken = initial ? [{ ...initial, statements }] : []
      await expect(migrate(database, engine, noon, broken)).rejects.toMatchObject({
        code: 'PH_MIGRATION',
        message: expect.stringContaining('create nonsense'),
      })
      expect(await readVersion(database, engine)).toBe(0)
      expect(await migrate(database, engine, noon)).toEqual(allTitles)
    }))

  test('that were cut off after a table was changed go on where they were', () =>
    using(async (database) => {
      const engine = engineFor(database)
      await migrate(database, engine, noon)
      const [first, made] = later
      if (!first || !made) throw new Error('there is no later migration')
      const statements = (of: Engine) => [...made.statements(of), 'create nonsense']
      const cutOff = migrate(database, engine, noon, [first, { ...made, statements }])
      await expect(cutOff).rejects.toMatchObject({ code: 'PH_MIGRATION' })
      expect(await migrate(database, engine, noon, later)).toEqual(['0002-made-up'])
    }))

  test('put two queues beside each other under names of their own', () =>
    using(async (database) => {
      const [one, other] = [
        engineFor(database, { schema: 'mail "A"', prefix: 'a_' }),
        engineFor(database, { schema: 'b', prefix: 'b_' }),
      ]
      for (const engine of [one, other]) await migrate(database, engine, noon)
      const { id } = await add({ database, engine: one })
      expect(await createStore(database, other).get(id)).toBeUndefined()
      expect(await claimOne({ store: createStore(database, one) })).toMatchObject({ mailId: id })
    }))

  test('and statements find their tables wherever the session looks first', async (context) => {
    context.skip(kind !== 'postgres', 'only PostgreSQL has a search path')
    await using(async (database) => {
      const engine = engineFor(database)
      await database.query('create schema tenant')
      await migrate(database, engine, noon)
      await database.transaction(async (tx) => {
        await tx.query('set local search_path to tenant')
        const within = {
          ...database,
          query: tx.query,
          transaction: <T>(work: (tx2: typeof tx) => Promise<T>) => work(tx),
        }
        await tx.query('select pg_sleep(0)')
        const { id } = await add({ database: within, engine })
        expect(await claimOne({ store: createStore(within, engine) })).toMatchObject({ mailId: id })
        expect(
          (await createStore(within, engine).find({ to: 'ada@example.com' }, { limit: 9 })).items,
        ).toHaveLength(1)
      })
    })
  })

  async function record(database: Database, { tables }: Engine, version: number): Promise<void> {
    await database.query(
      `insert into ${tables.migration} (version, name, fingerprint, applied_at) values (?, ?, ?, ?)`,
      [version, 'later', 'made up', noon],
    )
  }

  /** Columns with their types, and indexes, as the database itself tells them. */
  async function describeTables(database: Database): Promise<unknown[]> {
    const questions = {
      sqlite: [
        'select name, sql from sqlite_master order by name',
        'select m.name, c.* from sqlite_master m, pragma_table_info(m.name) c order by 1, 2',
      ],
      postgres: [
        "select table_name, column_name, data_type, is_nullable, character_maximum_length, column_default from information_schema.columns where table_schema = 'posthaste' order by 1, 2",
        "select indexname, indexdef from pg_indexes where schemaname = 'posthaste' order by 1",
      ],
      mysql: [
        'select table_name, column_name, column_type, is_nullable, collation_name, column_default from information_schema.columns where table_schema = database() order by 1, 2',
        'select table_name, index_name, seq_in_index, column_name from information_schema.statistics where table_schema = database() order by 1, 2, 3',
      ],
    }[engineOf(kind)]
    const answers = []
    for (const question of questions) answers.push(...(await database.query(question)).rows)
    return answers
  }
})
