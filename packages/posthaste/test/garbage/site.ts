import { DatabaseSync } from 'node:sqlite'
import { openApp } from '../support/app-database.ts'
import type { FreshDatabase } from '../support/databases/fresh.ts'
import type { DatabaseKind } from '../support/databases/kinds.ts'

/** Where the calls are made: what the queue is told of its database, and the app's own handle to it. */
export interface Site {
  readonly database: DatabaseSync | string
  readonly tx: object
  begin(): Promise<void>
  commit(): Promise<void>
  /** Rows of all tables that hold what was taken in. */
  stored(): Promise<number>
  close(): Promise<void>
}

const tables = ['mail', 'delivery', 'recipient', 'suppression', 'content', 'chunk', 'idempotency']

export async function openSite(kind: DatabaseKind, fresh: () => Promise<FreshDatabase>): Promise<Site> {
  return kind === 'sqlite' ? inMemory() : onServer(kind, await fresh())
}

/** In memory, and the app's, too: the queue uses the handle that it is given. */
function inMemory(): Site {
  const database = new DatabaseSync(':memory:')
  return {
    ...{ database, tx: database },
    begin: async () => database.exec('begin'),
    async commit() {
      if (database.isTransaction) database.exec('commit')
    },
    stored: async () => Number(database.prepare(countSql('posthaste_')).get()?.taken_in),
    close: async () => database.close(),
  }
}

async function onServer(kind: DatabaseKind, { url, drop }: FreshDatabase): Promise<Site> {
  const [app, other] = [await openApp(kind, url), await openApp(kind, url)]
  const sql = countSql(kind === 'postgres' ? 'posthaste.' : 'posthaste_')
  return {
    ...{ database: url, tx: app.tx, begin: app.begin, commit: app.commit },
    stored: async () => Number((await other.run(sql))[0]?.taken_in),
    async close() {
      await Promise.all([app.close(), other.close()])
      await drop()
    },
  }
}

function countSql(before: string): string {
  return `select ${tables.map((name) => `(select count(*) from ${before}${name})`).join(' + ')} as taken_in`
}
