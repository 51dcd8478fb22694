import { parseArgs } from 'node:util'
import { report, runGarbage } from './run.ts'
import { startWatchdog } from './watchdog.ts'

const { values } = parseArgs({
  options: { calls: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const watchdog = startWatchdog()
const figures = await runGarbage({
  count: Number(values.calls ?? 2_000),
  seed: Number(values.seed ?? Math.floor(Math.random() * 1_000_000)),
  began: watchdog.began,
  ...(values.only === undefined ? {} : { only: Number(values.only) }),
})
watchdog.end()
console.log(report(figures))
process.exitCode = figures.findings.length > 0 ? 1 : 0
