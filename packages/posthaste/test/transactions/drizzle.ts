import { sql } from 'drizzle-orm'
import type { Library } from './library.ts'

interface Drizzle {
  transaction<T>(work: (tx: object) => Promise<T>): Promise<T>
}

export function drizzleLibrary(db: Drizzle, close: () => Promise<void>): Library {
  return {
    outside: db,
    transaction: (work) => db.transaction(work),
    nested: (tx, work) => (tx as Drizzle).transaction(work),
    run: (tx, text) => (tx as { execute(query: unknown): Promise<unknown> }).execute(sql.raw(text)),
    close,
  }
}
