/** Thrown by a test to have its transaction rolled back. */
export class Undo extends Error {}

/** A database library, connected: what the conformance suite asks of it. */
export interface Library {
  /** Runs `work` in a transaction that its rejection rolls back. */
  transaction<T>(work: (tx: object) => Promise<T>): Promise<T>
  /** One statement inside it. */
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

export async function undone(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error
  })
}
