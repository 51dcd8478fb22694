import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['packages/posthaste/test/{rules/**/*,classify,cases/a-verdicts}.test.ts'] },
})
