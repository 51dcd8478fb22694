import type { AppDatabase } from '../packages/posthaste/test/support/app-database.ts'
import type { DatabaseKind } from '../packages/posthaste/test/support/databases/kinds.ts'

export interface TakenOver {
  /** Claims that others took over, from the dead and from those that stood still. */
  readonly mails: number
  /** Processes that were killed while they held some. */
  readonly deaths: number
}

/** By the lines of history that a rescue leaves. */
export async function countTakenOver(
  app: AppDatabase,
  kind: DatabaseKind,
  dead: ReadonlySet<number>,
): Promise<TakenOver> {
  const table = kind === 'postgres' ? 'posthaste.attempt' : 'posthaste_attempt'
  const rows = await app.run(
    `select worker, count(*) as mails from ${table} where outcome = 'died' group by worker`,
  )
  const mails = rows.reduce((sum, row) => sum + Number(row.mails), 0)
  const holders = new Set(rows.map(({ worker }) => Number(String(worker).split(':').at(-1))))
  return { mails, deaths: [...dead].filter((pid) => holders.has(pid)).length }
}
