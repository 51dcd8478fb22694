import { parseArgs } from 'node:util'
import { type DatabaseKind, databaseKinds } from '../support/databases/kinds.ts'
import { startFresh } from '../support/databases/start.ts'
import { build as make } from './build.ts'
import { everyState, sample } from './choose.ts'
import type { Signal } from './failpoint.ts'
import { print, printUnreached, wentWrong } from './report.ts'
import { type Report, run } from './run.ts'

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    signal: { type: 'string', default: 'SIGKILL' },
  },
})
const kinds = databaseKinds.filter((kind) => values.database === undefined || values.database === kind)
const { signal } = values
if (kinds.length === 0 || (signal !== 'SIGKILL' && signal !== 'SIGSTOP')) {
  console.error(
    'npm run failpoints -- [--database sqlite|postgres|mariadb|mysql] [--signal SIGKILL|SIGSTOP] [--sample N --seed S]',
  )
  process.exit(2)
}
const build = await make()
const reports: Report[] = []
try {
  for (const kind of kinds) reports.push(await onDatabase(kind))
  printUnreached(reports, build)
} finally {
  await build.remove()
}
process.exit(reports.some(wentWrong) ? 1 : 0)

async function onDatabase(kind: DatabaseKind): Promise<Report> {
  const database = await startFresh(kind)
  const [size, seed] = [Number(values.sample), Number(values.seed)]
  const began = performance.now()
  try {
    const report = await run({
      build,
      database,
      signal: signal as Signal,
      choose: (found) =>
        values.sample ? sample(found, { places: build.places, size, seed }) : everyState(found),
    })
    print(`${kind}, ${Math.round((performance.now() - began) / 1000)} s`, report, build)
    return report
  } finally {
    await database.stop()
  }
}
