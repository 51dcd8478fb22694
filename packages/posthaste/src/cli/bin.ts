#!/usr/bin/env node
import { version } from '../version.ts'
import { oldNode } from './node-version.ts'

/** Node 22 and 24 warn that their SQLite and their TypeScript are experimental, in the middle of whatever is printed; every other warning stays. */
function silenceExperiments(): void {
  const printers = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && experiments.test(warning.message)) return
    for (const print of printers) print(warning)
  })
}

const experiments = /^(?:SQLite|stripTypeScriptTypes|Type Stripping|Transform Types)\b/

/** On an older Node, what is loaded next may not even parse. */
function complain(problem: string): void {
  console.error(problem)
  process.exitCode = 1
}

/** Scripts ask for the version before each deployment: nothing else is loaded for it. */
async function start(argv: readonly string[]): Promise<void> {
  const problem = oldNode(process.versions)
  if (problem !== undefined) return complain(problem)
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) return console.log(version)
  silenceExperiments()
  const { main } = await import('./cli.ts')
  await main(argv)
}

void start(process.argv.slice(2))
