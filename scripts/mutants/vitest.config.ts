import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['packages/posthaste/test/rules/**/*.test.ts'] },
})
