import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { ratios } from '../support.ts'
import { type Turning, turning } from '../turns.ts'

/** Claims and settlements at a depth of 10,000 and of 1,000,000, in interleaved rounds. */
export async function depth({ servers, quick }: Bench): Promise<Line[]> {
  const [few, many] = quick ? [500, 1_000] : [10_000, 1_000_000]
  const shallow = await turning(servers, { queued: few, scheduled: 0 })
  const deep = await turning(servers, { queued: many, scheduled: 0 })
  const { rates, ratio } = await sideBySide(deep, shallow, quick)
  return [
    lineOf(`claim and settle 20, PostgreSQL, ${few} queued`, rates, { unit: 'turns/s' }),
    lineOf(`claim rate at ${many} queued ÷ at ${few}`, ratio, { unit: '×', target: { atLeast: 0.9 } }),
  ]
}

/** Rounds of the one and of the other in turn; the first warms both up and does not count. Both are closed. */
export async function sideBySide(
  one: Turning,
  other: Turning,
  quick: boolean,
): Promise<{ rates: number[]; ratio: number[] }> {
  const [rates, compared]: [number[], number[]] = [[], []]
  for (let round = -1; round < (quick ? 1 : 6); round++) {
    const [a, b] = [await other.turns(quick ? 4 : 60), await one.turns(quick ? 4 : 60)]
    if (round >= 0) rates.push(a)
    if (round >= 0) compared.push(b)
  }
  await Promise.all([one.close(), other.close()])
  return { rates, ratio: ratios(compared, rates) }
}
