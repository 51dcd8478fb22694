import type { PartialStrykerOptions } from '@stryker-mutator/core'

/** Percent of mutants that tests must kill: of all together, and of each file. */
export const least = { overall: 75, file: 70 }

/** What `--changed` may take, in milliseconds, and what it mutates where git cannot tell what has changed. */
export const budget = { most: 150_000, commits: 10, fixed: ['settle.ts', 'routing/backoff.ts'] }

/**
 * Files that decide something by their arguments and by what they have seen, and need neither a database nor a socket for it. Not here: wiring,
 * SQL, and tables of data, whose rows are right by their source and not by their code.
 */
export const targets: readonly string[] = ['settle.ts', 'mail/transitions.ts', 'routing/backoff.ts']

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
