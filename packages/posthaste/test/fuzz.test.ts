import { expect, test } from 'vitest'
import { report, runFuzz } from './fuzz/run.ts'
import { describeEachDatabase } from './support/databases.ts'

const seed = Number(process.env.POSTHASTE_FUZZ_SEED ?? 1)

describeEachDatabase('transports, servers and rows that hold anything', (kind, fresh) => {
  test('stop no other mail: it is delivered once, and the process lives', async () => {
    const { url } = await fresh()
    // On a machine that is busy elsewhere the same work takes several times as much CPU.
    const bounds = { mails: 1_200, minutes: Number.POSITIVE_INFINITY, longestTick: 500 }
    const figures = await runFuzz({ kind, url, seed, size: 300, ...bounds })
    console.info(report(figures))
    expect(figures.findings).toEqual([])
    expect(figures.good).toBeGreaterThan(900)
  }, 900_000)
})
