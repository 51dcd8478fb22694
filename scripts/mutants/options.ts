import type { PartialStrykerOptions } from '@stryker-mutator/core'

/** Percent of mutants that tests must kill: of all together, and of each file. */
export const least = { overall: 85, file: 80 }

/** What `--changed` may take, in milliseconds; of how many commits where nothing is ahead of main; what it mutates where there is no history. */
export const budget = { most: 150_000, commits: 10, fixed: ['settle.ts', 'retry.ts'] }

/**
 * Files that decide something by their arguments and by what they have seen, and need neither a database nor a socket for it. Not here: wiring,
 * SQL, and tables of data, whose rows are right by their source and not by their code.
 */
export const targets: readonly string[] = [
  'brake.ts',
  'filter.ts',
  'foreign.ts',
  'input/json.ts',
  'input/near-miss.ts',
  'input/reader.ts',
  'input/refusal.ts',
  'input/show.ts',
  'input/table.ts',
  'input/time.ts',
  'input/values.ts',
  'limit.ts',
  'mail/address-key.ts',
  'mail/entry-key.ts',
  'mail/transitions.ts',
  'moments.ts',
  'outcome.ts',
  'refusal.ts',
  'retry.ts',
  'routing/backoff.ts',
  'routing/bookmarks.ts',
  'routing/intake.ts',
  'routing/known-refusals.ts',
  'routing/lanes.ts',
  'routing/limiter.ts',
  'routing/pace.ts',
  'routing/route-answer.ts',
  'routing/routed-outlet.ts',
  'routing/router.ts',
  'routing/served.ts',
  'routing/slots.ts',
  'routing/suspicions.ts',
  'settle.ts',
  'transports/outcome/api-body.ts',
  'transports/outcome/classify-hook.ts',
  'transports/outcome/classify.ts',
  'transports/outcome/facts.ts',
  'transports/outcome/retry-after.ts',
  'worker/budget.ts',
  'worker/in-flight.ts',
]

export const stryker: PartialStrykerOptions = {
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  // These tests alone, so that neither a database is asked for nor the whole package loaded for each mutant.
  vitest: { configFile: 'scripts/mutants/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  disableTypeChecks: false,
  ignorePatterns: ['**', '!package.json', '!tsconfig.json', '!packages/posthaste/**', '!scripts/mutants/**'],
  tempDirName: '.stryker-tmp',
  reporters: [],
  logLevel: 'error' as PartialStrykerOptions['logLevel'],
  warnings: false,
}
