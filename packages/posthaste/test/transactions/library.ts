import type { EngineName } from '../support/databases.ts'

/** Thrown by a test to have its transaction rolled back. */
export class Undo extends Error {}

/** A database library, connected: what the conformance suite asks of it. */
export interface Library {
  /** Runs `work` in a transaction that its rejection rolls back. */
  transaction<T>(work: (tx: object) => Promise<T>): Promise<T>
  /** The library's own transaction inside of one, where it has that. */
  nested?(tx: object, work: (tx: object) => Promise<unknown>): Promise<unknown>
  /** One statement inside it; its answer as the app gets it. */
  run(tx: object, sql: string): Promise<unknown>
  /** What must be refused: the pool, the database object. */
  readonly outside?: object
  /** Never answers what was asked when its transaction was about to end. */
  readonly losesLate?: boolean
  close(): Promise<void>
}

export interface LibraryOn {
  readonly name: string
  connect(url: string): Promise<Library>
}

export interface LibraryByDatabase {
  readonly name: string
  readonly databases: Partial<Record<EngineName, LibraryOn['connect']>>
}

export async function undone(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error
  })
}

interface Ends {
  keep(): Promise<unknown>
  undo(): Promise<unknown>
}

/** Work in a transaction that was begun by hand. */
export async function ended<T>(
  tx: object,
  work: (tx: object) => Promise<T>,
  { keep, undo }: Ends,
): Promise<T> {
  try {
    const value = await work(tx)
    await keep()
    return value
  } catch (error) {
    await undo()
    throw error
  }
}

/** As an app does it by hand. */
export async function begun<T>(
  tx: object,
  work: (tx: object) => Promise<T>,
  run: (text: string) => Promise<unknown>,
  begin = 'begin',
): Promise<T> {
  await run(begin)
  return ended(tx, work, { keep: () => run('commit'), undo: () => run('rollback') })
}
