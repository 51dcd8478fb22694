import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Clock } from '../clock.ts'
import { channelOf } from '../store/postgres/notify.ts'
import type { WorkerTools } from './worker-options.ts'

/** Something to wait for that remembers a call made while nothing waited. */
export class Wakeup {
  #called = false
  #ring: (() => void) | undefined

  call(): void {
    this.#called = true
    this.#ring?.()
  }

  /** Resolves when called, or after `ms`; tells whether it was called. */
  async wait(clock: Clock, ms: number): Promise<boolean> {
    if (!this.#called && ms > 0) {
      const rung = new AbortController()
      // With a reason of its own: without one, an exception with a stack is made each time.
      this.#ring = () => rung.abort('called')
      await clock.sleep(ms, rung.signal)
      this.#ring = undefined
    }
    const called = this.#called
    this.#called = false
    return called
  }
}

export interface Watching {
  /** Enqueuers can wake this worker across processes. It may turn out later that they cannot. */
  readonly notified: boolean
  /** The floor where nothing else wakes it. */
  readonly pollInterval: number
  readonly end: () => Promise<void>
}

/** How often it looks where nothing tells it of mail. Milliseconds. */
const unnotified = 2_000

/** Wakes the worker when mail comes from elsewhere: a notification on PostgreSQL, a change of SQLite's write-ahead log or journal. */
export async function watchForMail({ connection }: WorkerTools, wake: () => void): Promise<Watching> {
  const { database, engine } = await connection.ready()
  const endLocal = connection.onEnqueued(wake)
  if (database.listen) {
    const listening = await database.listen(channelOf(engine), wake)
    return {
      get notified() {
        return listening.isHeard
      },
      get pollInterval() {
        return listening.isHeard ? 5_000 : unnotified
      },
      end: async () => {
        endLocal()
        await listening.end()
      },
    }
  }
  const watcher = database.file === undefined ? undefined : watchCommits(database.file, wake)
  return {
    notified: false,
    pollInterval: unnotified,
    end: async () => {
      endLocal()
      watcher?.close()
    },
  }
}

/** As the app spells it, which on macOS and Windows need not be how the disk does. */
function isNamed(name: string | null, file: string): boolean {
  return name?.toLowerCase() === file.toLowerCase()
}

/** By its folder: the log is a new file whenever the last connection was closed in between, and a journal is one at each commit. */
function watchCommits(file: string, wake: () => void) {
  const names = [`${basename(file)}-wal`, `${basename(file)}-journal`]
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      if (names.some((one) => isNamed(name, one))) wake()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
