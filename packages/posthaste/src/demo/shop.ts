import type { DatabaseSync } from 'node:sqlite'

/** The app of the demo: its own handle, its own table, its own transactions. */
export interface Shop {
  readonly db: DatabaseSync
  order(what: string): void
  orders(): number
  close(): void
}

export async function openShop(file: string): Promise<Shop> {
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(file, { timeout: 5_000 })
  db.exec('pragma journal_mode = wal; create table app_order (id integer primary key, what text not null)')
  const insert = db.prepare('insert into app_order (what) values (?)')
  const count = db.prepare('select count(*) as n from app_order')
  return {
    db,
    order: (what) => void insert.run(what),
    orders: () => Number(count.get()?.n),
    close: () => db.close(),
  }
}

/** Commits what `work` did, or undoes it where `work` changes its mind. */
export async function transaction<T>(
  { db }: Shop,
  work: () => Promise<T>,
  end: 'commit' | 'rollback',
): Promise<T> {
  db.exec('begin immediate')
  try {
    const value = await work()
    db.exec(end)
    return value
  } finally {
    if (db.isTransaction) db.exec('rollback')
  }
}
