import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PosthasteError } from '../../errors.ts'
import { errorText, peek } from '../../foreign.ts'
import type { PlannedFile } from './app.ts'
import { addScripts } from './manifest.ts'
import type { Plan } from './plan.ts'
import type { Project } from './project.ts'

/** Written: it was not there. Unchanged: it was, as init writes it. Kept: something else is there. */
export type Verdict = 'written' | 'unchanged' | 'kept'

export interface PlacedFile extends PlannedFile {
  readonly verdict: Verdict
}

export interface PlacedScript {
  readonly name: string
  readonly runs: string
  readonly verdict: Verdict
}

export interface Done {
  readonly files: readonly PlacedFile[]
  readonly scripts: readonly PlacedScript[]
}

/** Does what the plan says, and overwrites nothing. With `isDry` it writes nothing at all, and tells the same. @throws {PH_PROJECT} */
export async function carryOut(project: Project, plan: Plan, { isDry }: { isDry: boolean }): Promise<Done> {
  const files: PlacedFile[] = []
  for (const planned of plan.files)
    files.push({ ...planned, verdict: await place(project.folder, planned, isDry) })
  const scripts = Object.entries(plan.scripts).map(([name, runs]) => ({
    name,
    runs,
    verdict: verdictOf(project.manifest.content.scripts?.[name], runs),
  }))
  const added = scripts.filter(({ verdict }) => verdict === 'written').map(({ name, runs }) => [name, runs])
  if (!isDry && added.length > 0)
    await onDisk(project.manifest.file, () => addScripts(project.manifest, Object.fromEntries(added)))
  return { files, scripts }
}

async function place(folder: string, { file, text, there }: PlannedFile, isDry: boolean): Promise<Verdict> {
  const path = join(folder, there ?? file)
  const found = await onDisk(path, () => readIfThere(path))
  if (found === undefined && !isDry) await onDisk(path, () => writeNew(path, text))
  return verdictOf(found, text)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (peek(error, 'code') === 'ENOENT') return undefined
    throw error
  }
}

/** Fails where something has come to be there meanwhile, a link that leads nowhere too. */
async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text, { flag: 'wx' })
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new PosthasteError('PH_PROJECT', `${path}: ${errorText(cause)}`, { cause })
  }
}

function verdictOf(found: string | undefined, wanted: string): Verdict {
  if (found === undefined) return 'written'
  return found === wanted ? 'unchanged' : 'kept'
}
