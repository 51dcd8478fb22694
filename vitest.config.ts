import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    globalSetup: ['packages/posthaste/test/support/databases/setup.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    // Where MariaDB or MySQL is missing, the first hook that wants it waits for its installation.
    hookTimeout: 180_000,
  },
})
