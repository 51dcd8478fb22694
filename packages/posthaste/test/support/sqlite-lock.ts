import { DatabaseSync } from 'node:sqlite'

/** Whether anybody could write now: who is stopped while he writes lets nobody. */
export function mayBeWritten(url: string): boolean {
  using database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 0 })
  try {
    database.exec('begin immediate; rollback')
    return true
  } catch (error) {
    if (/locked/.test(String(error))) return false
    throw error
  }
}
