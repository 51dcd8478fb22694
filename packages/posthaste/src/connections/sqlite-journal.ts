import { isBusy } from '../store/database-errors.ts'
import { type SqliteHandle, statements } from './sqlite-handle.ts'

/** No table was ever made in it. */
export function isNew(handle: SqliteHandle): boolean {
  return Number(statements(handle).run('pragma schema_version').rows[0]?.schema_version) === 0
}

/**
 * Asks for the write-ahead log, with which readers and writers do not wait for each other. The mode stays in the file, so that it is asked for
 * only while there are no tables. An app that uses the file in this moment keeps its mode.
 */
export function preferWal(handle: SqliteHandle): void {
  try {
    handle.exec('pragma journal_mode = wal; begin immediate; rollback')
  } catch (error) {
    if (!isBusy(error)) withoutLog(handle)
  }
}

/** A file system without shared memory shows it at the first write. A file that stayed in this mode could be written by no process. */
function withoutLog(handle: SqliteHandle): void {
  const leave = 'pragma locking_mode = exclusive; pragma journal_mode = delete'
  // The first tries take the lock, and fail for want of the log all the same.
  for (let tries = 1; !succeeds(handle, leave) && tries < 4; tries++);
  // It is given back when something is read.
  succeeds(handle, 'pragma locking_mode = normal; pragma schema_version')
}

function succeeds(handle: SqliteHandle, sql: string): boolean {
  try {
    handle.exec(sql)
    return true
  } catch {
    return false
  }
}
