/**
 * What `enqueueIn` and `within` take. Wrappers of unknown shape must compile, so it does not list what is right: it refuses what TypeScript can tell to
 * have no transaction open, and the text that a pool's property meets here is what the compiler says of it.
 */
export type OpenTransaction = object & NoPool & (NoKnex | KnexTransaction) & (NoQueries | LucidTransaction)

interface NoPool {
  /** pg's Pool. */
  readonly totalCount?: 'is of a pool: pass a client of it, on which you ran begin'
  /** mysql2's pools. */
  readonly releaseConnection?: 'is of a pool: pass a connection of it, after beginTransaction()'
  /** postgres.js. */
  readonly CLOSE?: 'is of sql itself: pass the sql that sql.begin() gives'
  /** Kysely itself; that of its transactions says that it is one. */
  readonly withPlugin?: (plugin: never) => { readonly isTransaction: true }
  /** Drizzle itself. */
  readonly $client?: 'is of the database: pass the tx of its transaction()'
  /** TypeORM's DataSource. */
  readonly isInitialized?: 'is of the data source: pass the manager of its transaction()'
  /** Sequelize itself. */
  readonly define?: 'is of Sequelize: pass the t of its transaction()'
  /** MikroORM itself. */
  readonly em?: 'is of the ORM: pass the em of em.transactional()'
  /** Prisma's client. */
  readonly $connect?: 'is of the client: pass the tx of its $transaction()'
  /** PGlite itself. */
  readonly waitReady?: 'is of PGlite: pass the tx of its transaction()'
}

interface NoKnex {
  readonly transactionProvider?: 'is of Knex: pass the trx of its transaction()'
}

interface KnexTransaction {
  isCompleted(): boolean
}

interface NoQueries {
  /** Objection's models. */
  readonly knexQuery?: 'is of the model: pass the trx of its transaction()'
  /** Lucid's query client. */
  readonly getWriteClient?: 'is of the database: pass the trx of its transaction()'
}

/** It makes queries, too. */
interface LucidTransaction {
  readonly isCompleted: boolean
}
