import { parseArgs } from 'node:util'
import type { DatabaseKind } from '../packages/posthaste/test/support/databases.ts'
import { print, wentWrong } from './print.ts'
import { run } from './run.ts'

const kinds: readonly DatabaseKind[] = ['sqlite', 'postgres', 'mariadb']
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    database: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
const asked = kinds.filter((kind) => values.database === undefined || values.database === kind)
if (values.help || asked.length === 0 || !(minutes > 0) || !Number.isInteger(seed)) {
  console.error('npm run chaos -- [--minutes M] [--seed S] [--database sqlite|postgres|mariadb]')
  process.exit(values.help ? 0 : 2)
}
let wrong = false
for (const kind of asked) {
  const report = await run({ kind, seed, minutes })
  print(report)
  wrong ||= wentWrong(report)
}
process.exit(wrong ? 1 : 0)
