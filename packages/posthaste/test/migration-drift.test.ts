import { defineEntity as defineMaria, MikroORM as MikroMaria, p as pMaria } from '@mikro-orm/mariadb'
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { defineEntity as defineSqlite, MikroORM as MikroSqlite, p as pSqlite } from '@mikro-orm/sqlite'
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm'
import { expect, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { describeEachDatabase, type EngineName, engineOf } from './support/databases.ts'

interface Order {
  id: number
  email: string
}

describeEachDatabase('beside the tables of the queue', (kind, fresh) => {
  async function migrated(): Promise<string> {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url })
    await mail.migrate()
    return url
  }

  test('TypeORM sees nothing to do but for its own entities', async () => {
    const url = await migrated()
    const columns = { id: { type: Number, primary: true }, email: { type: String } } as const
    const entities = [new EntitySchema<Order>({ name: 'orders', columns })]
    const source = await new DataSource({ ...typeorm[engineOf(kind)](url), entities }).initialize()
    await source.synchronize()
    const { upQueries } = await source.driver.createSchemaBuilder().log()
    await source.destroy()
    expect(upQueries).toEqual([])
    await using mail = createMailQueue({ database: url })
    expect(await mail.migrate()).toEqual([])
  })

  // MikroORM's driver of MariaDB does not read MySQL's catalogue.
  test.skipIf(kind === 'mysql')(
    'MikroORM would drop them, unless it is told as the guide has it',
    async () => {
      const url = await migrated()
      expect(await mikroOrm[engineOf(kind)](url, {})).toMatch(/drop (schema|table).*posthaste/)
      const told = kind === 'postgres' ? { ignoreSchema: ['posthaste'] } : { skipTables: [/^posthaste_/] }
      expect(await mikroOrm[engineOf(kind)](url, told)).not.toContain('posthaste')
    },
  )
})

const typeorm: Record<EngineName, (url: string) => DataSourceOptions> = {
  postgres: (url) => ({ type: 'postgres', url }),
  mysql: (url) => ({ type: 'mysql', url }),
  sqlite: (url) => ({ type: 'better-sqlite3', database: url.slice('sqlite:'.length) }),
}

interface Told {
  readonly ignoreSchema?: string[]
  readonly skipTables?: RegExp[]
}

/** The SQL that its schema generator would run. */
const mikroOrm: Record<EngineName, (url: string, schemaGenerator: Told) => Promise<string>> = {
  async postgres(clientUrl, schemaGenerator) {
    const order = defineEntity({ name: 'Order', properties: { id: p.integer().primary() } })
    const orm = await MikroORM.init({ clientUrl, entities: [order], schemaGenerator })
    return orm.schema.getUpdateSchemaSQL().finally(() => orm.close())
  },
  async mysql(clientUrl, schemaGenerator) {
    const order = defineMaria({ name: 'Order', properties: { id: pMaria.integer().primary() } })
    const orm = await MikroMaria.init({ clientUrl, entities: [order], schemaGenerator })
    return orm.schema.getUpdateSchemaSQL().finally(() => orm.close())
  },
  async sqlite(url, schemaGenerator) {
    const order = defineSqlite({ name: 'Order', properties: { id: pSqlite.integer().primary() } })
    const orm = await MikroSqlite.init({
      dbName: url.slice('sqlite:'.length),
      entities: [order],
      schemaGenerator,
    })
    return orm.schema.getUpdateSchemaSQL().finally(() => orm.close())
  },
}
