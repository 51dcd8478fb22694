import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { acts } from '../src/demo/acts.ts'
import { lineOf, type Outcome } from '../src/demo/tally.ts'

const run = promisify(execFile)
const demo = new URL('../src/demo/demo.ts', import.meta.url).href

test('the demo delivers what was committed, agrees in every figure, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-demo-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = `import('${demo}').then(({ runDemo }) => runDemo()).then((code) => { process.exitCode = code })`
  const { stdout } = await run(process.execPath, ['--eval', script], {
    env: { ...process.env, TMPDIR: folder, NO_COLOR: '1' },
  })
  const table = [...stdout.matchAll(/^ {2}(.+?) {2,}([\d,]+) +([\d,]+) +([\d,]+) ([a-z ]+?) +(ok|WRONG)$/gm)]
  const figures = new Map(table.map(([, title, ...cells]) => [title, cells.slice(0, 3).map(Number)]))

  expect(table.map(([, title]) => title)).toEqual(expect.arrayContaining(acts.map(({ title }) => title)))
  expect(table.every(([, , , , , , verdict]) => verdict === 'ok')).toBe(true)
  expect(figures.get('mails in all')?.[1]).toBeGreaterThanOrEqual(50)
  expect(figures.get('expired before it could go')).toEqual([0, 0, 1])
  expect(figures.get('bulk, of a failed import')).toEqual([0, 0, 0])
  expect(figures.get('answers 451')).toEqual([1, 1, 1])
  expect(figures.get('answers 550')).toEqual([1, 1, 1])
  expect(stdout).toContain('All agree')
  expect(stdout).not.toContain('\u001B')
  expect(await readdir(folder)).toEqual([])
})

test('a figure of the demo is wrong when mail is missing, came twice, came too early, or went to others', () => {
  const arrived = { to: ['later@example.com'], body: Buffer.alloc(0), at: 10_000 }
  expect(lineOf(scheduled([arrived])).ok).toBe(true)
  expect(lineOf(scheduled([])).ok).toBe(false)
  expect(lineOf(scheduled([arrived, arrived])).ok).toBe(false)
  expect(lineOf(scheduled([{ ...arrived, at: 1_000 }])).ok).toBe(false)
  expect(lineOf(scheduled([{ ...arrived, to: ['other@example.com'] }])).ok).toBe(false)
})

function scheduled(arrivals: Outcome['arrivals'][number]): Outcome {
  const act = acts.find(({ title }) => title.startsWith('scheduled'))
  if (!act) throw new Error('the demo schedules nothing')
  const record = { state: 'sent', recipients: [{ state: 'accepted', address: 'later@example.com' }] }
  return {
    act,
    at: 0,
    mails: [{ id: '1', messageId: '<1@example.com>' }],
    arrivals: [arrivals],
    records: [record as unknown as Outcome['records'][number]],
  }
}
