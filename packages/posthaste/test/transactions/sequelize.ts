import BetterSqlite from 'better-sqlite3'
import { Sequelize, type Transaction } from 'sequelize'
import type { EngineName } from '../support/databases.ts'
import { sqlite3Calls } from '../support/sqlite3-calls.ts'
import type { Library, LibraryOn } from './library.ts'

export const sequelizeOn: Record<EngineName, LibraryOn['connect']> = {
  postgres: async (url) => sequelize(url, { dialect: 'postgres' }),
  mysql: async (url) => sequelize(url, { dialect: 'mysql' }),
  sqlite: async (url) =>
    sequelize(url, {
      dialect: 'sqlite',
      storage: url.slice('sqlite:'.length),
      dialectModule: sqlite3Calls((file) => new BetterSqlite(file)),
    }),
}

function sequelize(url: string, options: object): Library {
  const db = new Sequelize(url, { logging: false, ...options })
  return {
    outside: db,
    transaction: (work) => db.transaction((t) => work(t)),
    nested: (tx, work) => db.transaction({ transaction: tx as Transaction }, (t) => work(t)),
    run: (tx, text) => db.query(text, { transaction: tx as Transaction }),
    close: () => db.close(),
  }
}
