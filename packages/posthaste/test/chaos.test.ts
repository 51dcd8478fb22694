import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { describeEachDatabase } from './support/databases.ts'

const chaos = fileURLToPath(new URL('../../../chaos/chaos.ts', import.meta.url))

describeEachDatabase('chaos', (kind) => {
  test('loses nothing, delivers nothing that was taken back, and flags every second copy', async () => {
    const args = [
      '--disable-warning=ExperimentalWarning',
      chaos,
      '--kills',
      '25',
      '--minutes',
      '0.7',
      '--seed',
      '4',
      '--database',
      kind,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args).catch(
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`)
      },
    )
    console.info(stdout)
    expect(Number(/mails committed +(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(20)
    expect(Number(/processes killed +(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(0)
    expect(Number(/workers with mail under way +(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(0)
  }, 240_000)
})
