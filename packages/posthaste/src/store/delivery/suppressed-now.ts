import type { Executor, Row } from '../../connections/database.ts'
import { suppressionKeys } from '../add/rows.ts'
import type { Engine } from '../engine.ts'
import { runSteps } from '../statement.ts'
import { suppressedAmong } from '../suppressed.ts'

interface At {
  readonly mailOf: (row: Row) => { readonly stream: string; readonly tenant: string }
  readonly now: number
  readonly engine: Engine
}

/** Which of these recipient rows, still to be asked, are suppressed by now. */
export async function suppressedNow(
  tx: Executor,
  rows: readonly Row[],
  { mailOf, now, engine }: At,
): Promise<Set<Row>> {
  const asked = rows
    .filter(({ state }) => state === 'pending')
    .map((row) => ({
      row,
      ...mailOf(row),
      keys: Object.values(suppressionKeys(String(row.address_key))),
    }))
  const found = await runSteps(suppressedAmong(asked, now, engine), tx)
  return new Set([...found].map(({ row }) => row))
}
