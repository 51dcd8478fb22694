import { parseArgs } from 'node:util'
import { databaseKinds } from '../support/databases/kinds.ts'
import { freshOn, starters } from '../support/databases/start.ts'
import { report, runGarbage } from './run.ts'
import { startWatchdog } from './watchdog.ts'

const usage =
  'npm run garbage -- [--calls N] [--seed S] [--only INDEX] [--database sqlite|postgres|mariadb|mysql]; without --database: on each'
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    only: { type: 'string' },
    database: { type: 'string' },
  },
})
const [count, seed] = [Number(values.calls), Number(values.seed)]
const only = values.only === undefined ? undefined : Number(values.only)
const kinds = databaseKinds.filter((kind) => values.database === undefined || values.database === kind)
if (kinds.length === 0 || !Number.isInteger(seed) || !(count > 0)) {
  console.error(usage)
  process.exit(2)
}
const watchdog = startWatchdog()
for (const kind of kinds) {
  const server = kind === 'sqlite' ? undefined : { kind, ...(await starters[kind]()) }
  const figures = await runGarbage({
    ...{ kind, count, seed, began: watchdog.began },
    ...(server && { fresh: () => freshOn(server.kind, server.url) }),
    ...(only !== undefined && { only }),
  })
  console.log(report(figures))
  if (figures.findings.length > 0) process.exitCode = 1
  await server?.stop()
}
watchdog.end()
// What hung keeps its connections.
process.exit()
