import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeEachDatabase } from './support/databases.ts'
import { openLine } from './support/line.ts'

/** Of this thread; Node 22 tells only that of the process, with its compilers. */
const usage = process.threadCpuUsage ?? process.cpuUsage

/** The most CPU, in milliseconds, that one turn of the event loop took while the work was under way. */
async function longestTurn(work: Promise<unknown>): Promise<number> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  let longest = 0
  while (!isOver) {
    const before = usage()
    await setImmediate()
    const { user, system } = usage(before)
    longest = Math.max(longest, (user + system) / 1_000)
  }
  await over
  return longest
}

describeEachDatabase('a suppression list of 100,000 entries', (_kind, fresh) => {
  test('is imported without holding up the event loop', async () => {
    await using line = await openLine((await fresh()).url)
    const entries = Array.from({ length: 100_000 }, (_, n) => ({ address: `c${n}@example.com` }))
    const imported = line.mail.suppressions.import(entries)
    expect(await longestTurn(imported)).toBeLessThan(100)
    expect(await imported).toBe(100_000)
  }, 120_000)
})
