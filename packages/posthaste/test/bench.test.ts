import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { databaseKinds, isWanted } from './support/databases.ts'

const root = new URL('../../../', import.meta.url)
const run = promisify(execFile)

interface Line {
  measure: string
  what: string
  value: number | null
}

const usual = (await readdir(new URL('bench/measures/', root)))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => name !== 'peers')

// It works, whatever it measures: a time says nothing on a busy machine.
test.runIf(databaseKinds.every(isWanted))(
  'a smoke run of the bench measures everything, prints every line, and leaves nothing behind',
  async () => {
    const [folder, results] = await Promise.all(
      ['tmp', 'results'].map((name) => mkdtemp(join(tmpdir(), `posthaste-bench-${name}-`))),
    )
    // The servers run as another user than root, and write there.
    await chmod(folder ?? '', 0o1777)
    onTestFinished(async () => {
      for (const made of [folder, results]) await rm(made ?? '', { recursive: true })
    })
    const json = join(results ?? '', 'lines.json')
    const { stdout } = await run(process.execPath, ['bench/bench.ts', '--quick', '--json', json], {
      cwd: root,
      env: { ...process.env, TMPDIR: folder },
    })
    const { lines } = JSON.parse(await readFile(json, 'utf8')) as { lines: Line[] }

    expect(new Set(lines.map(({ measure }) => measure))).toEqual(new Set(usual))
    expect(lines.filter(({ value }) => value === null)).toEqual([])
    expect(lines.filter(({ what }) => !stdout.includes(what))).toEqual([])
    expect(lines.find(({ what }) => what.endsWith('lost, or sent twice'))?.value).toBe(0)
    expect(stdout).toContain('A smoke run')
    expect(await readdir(folder ?? '')).toEqual([])
  },
  240_000,
)

test('every measure and every peer has its words in the README of the bench', async () => {
  const readme = await readFile(new URL('bench/README.md', root), 'utf8')
  const { devDependencies } = JSON.parse(await readFile(new URL('bench/peers/package.json', root), 'utf8'))
  const peers = Object.keys(devDependencies).filter((name) => name !== 'ioredis')
  expect(usual.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  expect(peers.filter((name) => !readme.toLowerCase().includes(name))).toEqual([])
})

test("the peers' lockfile names no registry and their versions are exact", async () => {
  const lock = await readFile(new URL('bench/peers/package-lock.json', root), 'utf8')
  const { devDependencies } = JSON.parse(await readFile(new URL('bench/peers/package.json', root), 'utf8'))
  expect(lock).not.toContain('"resolved"')
  expect(JSON.parse(lock).packages[''].devDependencies).toEqual(devDependencies)
  expect(
    Object.values(devDependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version))),
  ).toEqual([])
})
