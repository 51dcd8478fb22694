import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { acts } from '../src/demo/acts.ts'
import { lineOf, type Outcome } from '../src/demo/tally.ts'

const run = promisify(execFile)
const demo = [fileURLToPath(new URL('../src/cli/bin.ts', import.meta.url)), 'demo']

test('the demo tells its story, agrees in every figure, and leaves nothing behind', async () => {
  const { folder, env } = await ownFolder()
  const began = performance.now()
  const { stdout, stderr } = await run(process.execPath, demo, { env })
  const figures = figuresIn(stdout)

  expect([...figures.keys()]).toEqual(expect.arrayContaining(acts.map(({ title }) => title)))
  expect(figures.get('mails in all')).toEqual([67, 67, 67])
  expect(figures.get('bulk, of a failed import')).toEqual([0, 0, 0])
  expect(figures.get('not handed over at its death')).toEqual([2, 2, 2])
  expect(figures.get("no answer came; policy 'retry'")).toEqual([2, 2, 1])
  expect(figures.get("no answer came; policy 'hold'")).toEqual([1, 1, 1])
  expect(figures.get('queued without it; one attempt')).toEqual([8, 8, 8])
  expect(figures.get('answers that never came')).toEqual([2, 2, 2])
  expect(stdout).toMatch(/kill -9 +process \d+ is gone by SIGKILL, 4 mails were under way/)
  expect(stdout).toContain('All agree')
  expect(stdout).not.toContain('WRONG')
  expect(stdout).not.toContain('\u001B')
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  expect(stderr).toBe('')
  expect(isAlive(workerIn(stdout))).toBe(false)
  expect(await readdir(folder)).toEqual([])
  // Some ten seconds; what is more is the machine's.
  expect(performance.now() - began).toBeLessThan(25_000)
})

test.each(['SIGINT', 'SIGKILL'] as const)(
  'a demo that ends by %s takes its worker with it',
  async (signal) => {
    const { folder, env } = await ownFolder()
    const playing = spawn(process.execPath, demo, { env })
    const gone = once(playing, 'exit')
    const worker = workerIn(await untilItSays(playing, /process \d+, a worker/))
    playing.kill(signal)
    await gone
    await vi.waitFor(() => expect(isAlive(worker)).toBe(false), { timeout: 5_000 })
    if (signal === 'SIGINT') expect(await readdir(folder)).toEqual([])
  },
)

test('a figure of the demo is wrong when mail is missing, came twice, came too early, or went to others', () => {
  const arrived = { to: ['later@example.com'], body: Buffer.alloc(0), at: 10_000 }
  expect(lineOf(scheduled([arrived])).ok).toBe(true)
  expect(lineOf(scheduled([])).ok).toBe(false)
  expect(lineOf(scheduled([arrived, arrived])).ok).toBe(false)
  expect(lineOf(scheduled([{ ...arrived, at: 1_000 }])).ok).toBe(false)
  expect(lineOf(scheduled([{ ...arrived, to: ['other@example.com'] }])).ok).toBe(false)
})

test('a figure of the demo is wrong when a second copy is not flagged, or a flag has none', () => {
  const arrived = { to: ['later@example.com'], body: Buffer.alloc(0), at: 10_000 }
  const twice = { fate: 'flagged', copies: 2 } as const
  expect(lineOf(scheduled([arrived, arrived], { ...twice, unknowns: 1 })).ok).toBe(true)
  expect(lineOf(scheduled([arrived, arrived], { ...twice, unknowns: 0 })).ok).toBe(false)
  expect(lineOf(scheduled([arrived], { ...twice, unknowns: 1 })).ok).toBe(false)
  expect(lineOf(scheduled([arrived], { unknowns: 1 })).ok).toBe(false)
})

/** For what the demo writes. */
async function ownFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-demo-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return { folder, env: { ...process.env, TMPDIR: folder, NO_COLOR: '1' } }
}

/** meant, server, queue */
function figuresIn(stdout: string): Map<string, number[]> {
  const rows = stdout.matchAll(
    /^ {2}(?:commit|rollback|) +(\S.+?) {2,}([\d,]+) +([\d,]+) +([\d,]+) [a-z ]+ok$/gm,
  )
  return new Map([...rows].map(([, title = '', ...cells]) => [title, cells.map(Number)]))
}

function workerIn(stdout: string): number {
  return Number(/process (\d+)/.exec(stdout)?.[1])
}

/** A process whose parent is gone may wait to be reaped: it is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self') || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function untilItSays({ stdout }: ChildProcess, words: RegExp): Promise<string> {
  let said = ''
  for await (const chunk of stdout ?? []) {
    said += chunk
    if (words.test(said)) return said
  }
  throw new Error(`it said ${said}`)
}

interface Differently {
  readonly fate?: Outcome['act']['fate']
  readonly copies?: number
  readonly unknowns?: number
}

function scheduled(
  arrivals: Outcome['arrivals'][number],
  { unknowns = 0, ...differently }: Differently = {},
): Outcome {
  const act = acts.find(({ title }) => title.startsWith('scheduled'))
  if (!act) throw new Error('the demo schedules nothing')
  const record = {
    state: 'sent',
    unknowns,
    recipients: [{ state: 'accepted', address: 'later@example.com' }],
  }
  return {
    act: { ...act, ...differently },
    at: 0,
    mails: [{ id: '1', messageId: '<1@example.com>' }],
    arrivals: [arrivals],
    records: [record as unknown as Outcome['records'][number]],
  }
}
