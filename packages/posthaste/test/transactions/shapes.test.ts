import { expect, test } from 'vitest'
import { recognise } from '../../src/transactions/recognise.ts'
import type { AsyncHandle } from '../../src/transactions/transaction-handle.ts'

// The drivers themselves are tried by `npm run everywhere`; these have their shapes.
const neon = Object.assign(() => {}, { query() {}, unsafe() {}, transaction() {} })
const connection = { execute() {}, transaction() {}, refresh() {}, createSession() {}, config: {} }
const client = { execute() {}, transaction() {}, connection() {}, config: {} }
const planetScaleTx = { conn: connection, execute() {} }
const drizzle = (session: object) => ({ session, dialect: {}, select() {} })
const bun = { unsafe() {}, array() {}, json() {}, commitDistributed() {} }
const libsql = { execute() {}, batch() {}, executeMultiple() {} }

const queries = (tx: object) => (recognise(tx) as AsyncHandle).executor

test.each([
  ["Neon's sql over HTTP", neon],
  ['a transaction of PlanetScale', planetScaleTx],
  ['a connection of PlanetScale', connection],
  ['a client of PlanetScale', client],
  ["Drizzle on Neon's sql over HTTP", drizzle({ client: neon })],
  ['a transaction of Drizzle on PlanetScale', { ...drizzle({ client, tx: planetScaleTx }), rollback() {} }],
])('%s is refused, and named toSQL', (_, value) => {
  expect(() => recognise(value)).toThrow(
    expect.objectContaining({ code: 'PH_DRIVER_UNSUPPORTED', message: expect.stringContaining('toSQL') }),
  )
})

test.each([
  ['the sql of Bun', bun],
  ['a client of libSQL', { ...libsql, transaction() {} }],
])('%s is no transaction', (_, value) => {
  expect(() => recognise(value)).toThrow(expect.objectContaining({ code: 'PH_POOL_AS_TRANSACTION' }))
})

test.each([
  ['postgres', 'postgres'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
  ['sqlite', 'sqlite'],
])('a transaction of Bun.sql on %s is one of %s', (adapter, kind) => {
  expect(recognise({ ...bun, savepoint() {}, options: { adapter } })).toMatchObject({
    kind,
    name: 'Bun.sql transaction',
  })
})

test('a transaction of Bun.sql that is over says so as the others do', async () => {
  const over = Object.assign(new Error('Transaction is closed'), {
    code: 'ERR_SQLITE_INVALID_TRANSACTION_STATE',
  })
  const tx = { ...bun, savepoint() {}, unsafe: () => Promise.reject(over), options: { adapter: 'sqlite' } }
  await expect(queries(tx).query('select 1')).rejects.toMatchObject({
    code: 'PH_TRANSACTION_ENDED',
  })
})

test('a transaction of @libsql/client gives bytes as the others do', async () => {
  const rows = [{ id: 1, body: new Uint8Array([1, 2]).buffer }]
  const tx = { ...libsql, commit() {}, closed: false, execute: async () => ({ rows, rowsAffected: 0 }) }
  const answer = await queries(tx).query('select ?', [1])
  expect(answer).toEqual({ rows: [{ id: 1, body: new Uint8Array([1, 2]) }], affected: 1 })
  await expect(queries({ ...tx, closed: true }).query('select 1')).rejects.toMatchObject({
    code: 'PH_TRANSACTION_ENDED',
  })
})
