import { parseArgs } from 'node:util'
import { databaseKinds } from '../packages/posthaste/test/support/databases/kinds.ts'
import { print, printSum, wentWrong } from './print.ts'
import { type Report, run, usualLease } from './run.ts'

const usage =
  'npm run chaos -- [--minutes M] [--kills N] [--lease 2s] [--seed S] [--database sqlite|postgres|mariadb|mysql] [--rollback-journal]; without --database: on each'
const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    kills: { type: 'string' },
    lease: { type: 'string', default: usualLease },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    database: { type: 'string' },
    'rollback-journal': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const kills = Number(values.kills ?? Number.POSITIVE_INFINITY)
const minutes = Number(values.minutes ?? (values.kills === undefined ? 1 : Number.POSITIVE_INFINITY))
const seed = Number(values.seed)
const asked = databaseKinds.filter((kind) => values.database === undefined || values.database === kind)
if (values.help || asked.length === 0 || !(minutes > 0) || !(kills > 0) || !Number.isInteger(seed)) {
  console.error(usage)
  process.exit(values.help ? 0 : 2)
}
const reports: Report[] = []
for (const kind of asked) {
  const rollbackJournal = kind === 'sqlite' && values['rollback-journal']
  const report = await run({ kind, seed, kills, minutes, lease: values.lease, rollbackJournal })
  print(report)
  reports.push(report)
}
if (reports.length > 1) printSum(reports)
process.exit(reports.some(wentWrong) ? 1 : 0)
