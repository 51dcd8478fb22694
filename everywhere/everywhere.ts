import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packTarball, readManifest } from '../packages/posthaste/test/support/packed-app.ts'
import type { Cell } from './cell.ts'
import { partsNotFollowed } from './page.ts'
import { placeFor } from './place.ts'

/*
 * npm run everywhere                    every cell
 * npm run everywhere -- --short         the share that CI runs
 * npm run everywhere -- webpack types   the cells with one of these words in their name
 */
const { values, positionals } = parseArgs({
  options: { short: { type: 'boolean' } },
  allowPositionals: true,
})

const scratch = await mkdtemp(join(tmpdir(), 'posthaste-everywhere-'))
const failures: string[] = []
try {
  const cells = (await allCells()).filter(isWanted)
  const { version } = await readManifest()
  const tarball = await timed('npm pack', () => packTarball(scratch).then((file) => [file, file] as const))
  if (tarball !== undefined) for (const cell of cells) await runCell(cell, { tarball, version })
  if (positionals.length === 0 && !cells.some(({ skip }) => skip?.())) await timed('pages', everyPart)
  console.log(
    `\n${cells.length} cells, ${failures.length} failed${failures.map((name) => `\n  ${name}`).join('')}`,
  )
} finally {
  await rm(scratch, { recursive: true, force: true })
}
if (failures.length > 0) process.exitCode = 1

/** Each file in `cells/` brings its own. */
async function allCells(): Promise<Cell[]> {
  const folder = new URL('cells/', import.meta.url)
  const modules = (await readdir(folder)).sort().map((file) => import(new URL(file, folder).href))
  return (await Promise.all(modules)).flatMap(({ cells }) => cells as Cell[])
}

/** Code in a page that no cell has followed is code that nothing has tried. */
async function everyPart(): Promise<readonly [true, string]> {
  const parts = partsNotFollowed()
  if (parts.length > 0) throw new Error(`no cell has followed\n${parts.join('\n')}`)
  return [true, 'cells have followed every part that has code']
}

function isWanted({ name, short }: Cell): boolean {
  if (values.short && !short) return false
  return positionals.length === 0 || positionals.some((word) => name.includes(word))
}

async function runCell(cell: Cell, packed: { tarball: string; version: string }): Promise<void> {
  const reason = cell.skip?.()
  if (reason !== undefined) return console.log(`skipped         ${cell.name}: ${reason}`)
  await timed(cell.name, async () => {
    const place = await placeFor(cell, { scratch, ...packed })
    const said = await cell.run(place)
    await rm(place.folder, { recursive: true, force: true })
    return [true, said]
  })
}

async function timed<T>(name: string, work: () => Promise<readonly [T, string]>): Promise<T | undefined> {
  const began = performance.now()
  const print = (verdict: string, said: string) => {
    const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(6)
    console.log(`${verdict} ${seconds} s  ${name}: ${said}`)
  }
  try {
    const [result, said] = await work()
    print('ok    ', said)
    return result
  } catch (error) {
    failures.push(name)
    print('FAILED', readable(error instanceof Error ? error.message : String(error)))
    return undefined
  }
}

/** Of what a minified file prints when it fails, a line is long. */
function readable(text: string): string {
  const lines = text.trim().split('\n')
  return lines
    .slice(-40)
    .map((line) => line.slice(0, 300))
    .join('\n')
}
