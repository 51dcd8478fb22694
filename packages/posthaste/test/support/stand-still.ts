import type { DatabaseKind } from './databases.ts'
import type { Child } from './processes.ts'
import { mayBeWritten } from './sqlite-lock.ts'
import { until } from './wait.ts'

/** Stops a process where it is. On SQLite not while it writes: no other process could write, or find it dead. */
export async function standStill({ process }: Child, kind: DatabaseKind, url: string): Promise<void> {
  process.kill('SIGSTOP')
  if (kind !== 'sqlite') return
  await until(() => {
    if (mayBeWritten(url)) return true
    process.kill('SIGCONT')
    return process.kill('SIGSTOP') && false
  })
}
