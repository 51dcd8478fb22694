import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { channelOf } from '../store/channel.ts'
import type { WorkerTools } from './worker-tools.ts'

export interface Watching {
  /** Enqueuers can wake this worker across processes. */
  readonly notified: boolean
  /** The floor where nothing else wakes it. */
  readonly pollInterval: number
  readonly end: () => Promise<void>
}

/** Wakes the worker when mail comes from elsewhere: a notification on PostgreSQL, a change of the write-ahead log on SQLite. */
export async function watchForMail({ connection }: WorkerTools, wake: () => void): Promise<Watching> {
  const { database, engine } = await connection.ready()
  const endLocal = connection.onEnqueued(wake)
  if (database.listen) {
    const unlisten = await database.listen(channelOf(engine), wake)
    return {
      notified: true,
      pollInterval: 5_000,
      end: async () => {
        endLocal()
        await unlisten()
      },
    }
  }
  const watcher = database.file === undefined ? undefined : watchFile(`${database.file}-wal`, wake)
  return {
    notified: false,
    pollInterval: 2_000,
    end: async () => {
      endLocal()
      watcher?.close()
    },
  }
}

/** By its folder: the log is a new file whenever the last connection was closed in between. */
function watchFile(file: string, wake: () => void) {
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      if (name === basename(file)) wake()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
