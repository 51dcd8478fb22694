/** What can be wrong with the app's transaction. */
export const transactionErrors = {
  PH_SERIALIZATION: {
    message: 'The database asks to run the transaction again',
    remedy:
      'Roll back and run the whole transaction again. Two transactions used one idempotency key; or, on SQLite, yours read before another wrote: `begin immediate` avoids that.',
  },
  PH_NO_TRANSACTION: {
    message: 'There is no open transaction on this handle',
    remedy: 'Begin one first, or use enqueue(), which makes its own.',
  },
  PH_TRANSACTION_HANDLE: {
    message: 'This is not a transaction handle that Posthaste knows',
    remedy:
      'Pass what your library gives inside a transaction: a pg client, a mysql2 connection, a database of node:sqlite, better-sqlite3, bun:sqlite or libsql, or the transaction of Kysely, Knex, Drizzle, postgres.js, Bun.sql, @libsql/client, TypeORM, Sequelize, MikroORM, PGlite or Prisma. Any other tool runs what `mail.toSQL(…)` gives.',
  },
  PH_DRIVER_UNSUPPORTED: {
    message: 'Posthaste cannot store mail through this driver',
    remedy:
      'Let `mail.toSQL(…)` write the statements, and run them in your transaction by that driver; give `database` the URL of the same database.',
  },
  PH_POOL_AS_TRANSACTION: {
    message: 'A pool was passed where a transaction is needed',
    remedy:
      'Pass what the library gives inside a transaction; of a pool, one connection on which a transaction was begun.',
  },
  PH_TRANSACTION_ENDED: {
    message: 'The transaction ended before the mail was stored in it',
    remedy: 'Await enqueueIn() before you commit or roll back. The mail was not queued.',
  },
  PH_WRONG_DATABASE: {
    message: "The transaction belongs to another database than the queue's",
    remedy:
      "Pass a transaction of the database that the queue was configured with, where Posthaste's tables are.",
  },
  PH_ASYNC_IN_SYNC: {
    message: 'This needs asynchronous work and cannot be done inside a synchronous transaction',
    remedy:
      'Call `const prepared = await mail.prepare(…)` before the transaction, then mail.enqueueSync(tx, prepared) inside it.',
  },
  PH_NOT_AS_SQL: {
    message: 'This mail cannot be written as SQL',
    remedy:
      "Attachments, and `onConflict: 'refuse'`, need answers from the database between the statements: use enqueueIn(), or leave them out. Nothing was stored.",
  },
} as const
