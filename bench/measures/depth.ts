import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { turning } from '../turns.ts'

/** Claims and settlements at a depth of 10,000 and of 1,000,000, with a million scheduled mails before those that are due. */
export async function depth(bench: Bench): Promise<Line[]> {
  const [few, many] = bench.quick ? [500, 1_000] : [10_000, 1_000_000]
  const shallow = await turnsAt(bench, { queued: few, scheduled: 0 })
  const full = await turnsAt(bench, { queued: many, scheduled: 0 })
  const behind = await turnsAt(bench, { queued: few, scheduled: many })
  return [
    lineOf(`claim and settle 20, PostgreSQL, ${few} queued`, shallow, { unit: 'turns/s' }),
    lineOf(`claim rate at ${many} queued ÷ at ${few}`, [ratio(full, shallow)], {
      unit: '×',
      target: { atLeast: 0.9 },
    }),
    lineOf(`claim rate of ${few} due behind ${many} scheduled ÷ without them`, [ratio(behind, shallow)], {
      unit: '×',
      target: { atLeast: 0.9 },
    }),
  ]
}

function ratio(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a) / Math.max(...b)
}

async function turnsAt(
  { servers, quick }: Bench,
  depth: { queued: number; scheduled: number },
): Promise<number[]> {
  const queue = await turning(servers, depth)
  const rates: number[] = []
  for (let round = 0; round < 5; round++) rates.push(await queue.turns(quick ? 4 : 60))
  await queue.close()
  return rates
}
