import { parseArgs } from 'node:util'
import { startWatchdog } from '../garbage/watchdog.ts'
import { databaseKinds } from '../support/databases/kinds.ts'
import { startFresh } from '../support/databases/start.ts'
import { report, runFuzz } from './run.ts'

const usage =
  'npm run fuzz -- [--minutes M] [--mails N] [--seed S] [--only ROUND] [--database sqlite|postgres|mariadb|mysql]; without --database: on each'
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    mails: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    only: { type: 'string' },
    database: { type: 'string' },
  },
})
const mails = Number(values.mails ?? Number.POSITIVE_INFINITY)
const minutes = Number(values.minutes ?? (values.mails === undefined ? 1 : Number.POSITIVE_INFINITY))
const seed = Number(values.seed)
const only = values.only === undefined ? undefined : Number(values.only)
const kinds = databaseKinds.filter((kind) => values.database === undefined || values.database === kind)
if (kinds.length === 0 || !(minutes > 0) || !(mails > 0) || !Number.isInteger(seed)) {
  console.error(usage)
  process.exit(2)
}
const watchdog = startWatchdog({ what: 'round', ms: 60_000 })
let playing = 0
const beating = setInterval(() => watchdog.began(playing), 1_000)
const began = (round: number) => {
  playing = round
}
for (const kind of kinds) {
  const database = await startFresh(kind)
  const asked = { kind, url: database.url, seed, mails, minutes, only, size: 1_000, longestTick: 100, began }
  const figures = await runFuzz(asked)
  console.log(report(figures))
  if (figures.findings.length > 0) process.exitCode = 1
  await database.stop()
}
clearInterval(beating)
watchdog.end()
