import type { Executor } from './database.ts'
import { fileOf, type SqliteHandle, statements } from './sqlite-handle.ts'
import { libraryOf } from './sqlite-library.ts'
import { retrying } from './sqlite-wait.ts'

/** How long a writer is waited for that keeps readers out. In another mode than WAL it may be the very transaction that is asked about. */
const commitsWithin = 200

/**
 * Reads what is committed, on a connection for this once beside the app's.
 *
 * @throws {PH_DATABASE_BUSY} a writer kept it out for longer than a commit takes
 */
export async function readCommitted<T>(
  app: SqliteHandle,
  read: (executor: Executor) => Promise<T>,
): Promise<T> {
  const handle = await retrying(() => openReader(app), commitsWithin)
  try {
    return await read(readingOn(() => handle))
  } finally {
    handle.close?.()
  }
}

export interface Reader extends Executor {
  close(): void
}

/** The same on a connection that is kept, and made anew beside another one. */
export function readerBeside(current: () => SqliteHandle): Reader {
  const made = new Map<SqliteHandle, SqliteHandle>()
  const reader = () => {
    const handle = made.get(current()) ?? openReader(current())
    made.set(current(), handle)
    kept.add(handle)
    return handle
  }
  const close = () => {
    const handle = made.get(current())
    if (handle && kept.delete(handle)) handle.close?.()
  }
  return { ...readingOn(reader), close }
}

// One beside a connection that was retired is never closed, no more than that connection itself.
const kept = new Set<SqliteHandle>()

function readingOn(handle: () => SqliteHandle): Executor {
  return { query: (sql, params) => retrying(() => statements(handle()).run(sql, params), commitsWithin) }
}

/** Bun refuses node:sqlite's spelling. */
function openReader(beside: SqliteHandle): SqliteHandle {
  const Connection = libraryOf(beside)
  const readOnly = 'location' in beside ? { readOnly: true } : { readonly: true }
  return new Connection(fileOf(beside) ?? '', { ...readOnly, timeout: 0 })
}
