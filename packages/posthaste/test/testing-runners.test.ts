import { execFile } from 'node:child_process'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PackedApp, packedApp, workspace } from './support/packed-app.ts'

const run = promisify(execFile)
let app: PackedApp

beforeAll(async () => {
  app = await packedApp()
  await cp(join(workspace, 'examples/nest-jest-commonjs'), app.folder, { recursive: true })
})

afterAll(() => app.drop())

test('the CommonJS example passes in jest, with one line of configuration and no flag', async () => {
  expect(await jest([])).toMatch(/Tests: +4 passed, 4 total/)
})

// Before 24.9, jest has no way at all to give an ES module to `require`.
test.skipIf(!canRequireEsm())(
  'the same without that line, where jest has the flag to load ES modules',
  async () => {
    await writeFile(
      join(app.folder, 'jest.flag.config.js'),
      "module.exports = { testEnvironment: 'node', transform: {} }",
    )
    expect(await jest(['-c', 'jest.flag.config.js'], ['--experimental-vm-modules'])).toMatch(
      /Tests: +4 passed, 4 total/,
    )
  },
)

test('the outbox works in node:test', async () => {
  const file = join(app.folder, 'orders.test.mjs')
  await writeFile(
    file,
    `import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { fakeQueue, outbox } from 'posthaste/testing'

test('sends a code', async () => {
  const mail = fakeQueue({ defaults: { from: 'shop@example.com' } })
  await mail.enqueue({ to: 'ada@example.com', subject: 'Welcome', text: 'Your code is 123456.' })
  assert.equal((await outbox(mail).only({ to: 'ada@example.com' })).code(), '123456')
  await assert.rejects(outbox(mail).only({ to: 'bob@example.com' }), /none matches, of 1/)
  await mail.close()
})
`,
  )
  const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', file], { env: clean() })
  expect(stdout).toMatch(/^# pass 1$/m)
})

/** Jest's report. */
async function jest(args: readonly string[], flags: readonly string[] = []): Promise<string> {
  const command = join(workspace, 'node_modules/jest/bin/jest.js')
  const { stderr } = await run(process.execPath, [...flags, command, '--no-cache', ...args], {
    cwd: app.folder,
    env: clean(),
  }).catch((error) => {
    throw new Error(error.stderr, { cause: error })
  })
  return stderr
}

/** Without what vitest says to its own children. */
function clean(): NodeJS.ProcessEnv {
  const {
    NODE_OPTIONS,
    NODE_ENV,
    VITEST,
    VITEST_MODE,
    VITEST_POOL_ID,
    VITEST_WORKER_ID,
    NODE_TEST_CONTEXT,
    ...env
  } = process.env
  return { ...env, NO_COLOR: '1' }
}

function canRequireEsm(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 9)
}
