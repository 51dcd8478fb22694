import type { Library } from './library.ts'

/** Lucid's clients, as far as they differ from Knex's. Lucid itself, which brings half of AdonisJS, is tried on SQLite by `everywhere/cells/adonisjs.ts`. */
export function lucidShape(knex: Library): Library {
  const inner = (tx: object) => (tx as { knexClient: object }).knexClient
  return {
    outside: queryClient,
    transaction: (work) => knex.transaction((trx) => work(clientOf(trx))),
    nested: async (tx, work) => knex.nested?.(inner(tx), (trx) => work(clientOf(trx))),
    run: (tx, text) => knex.run(inner(tx), text),
    close: () => knex.close(),
  }
}

const queryClient: object = { rawQuery() {}, insertQuery() {}, transaction() {} }
const clientOf = (trx: object): object => ({ ...queryClient, knexClient: trx })
