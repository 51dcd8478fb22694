import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

export interface PreviousVersion {
  /** Where its code is from. */
  readonly from: 'history' | 'today'
  /** One of the programs of this folder, running on the code of the previous version. */
  program(file: string): string
  remove(): Promise<void>
}

/** The last commit whose tables have version 2. */
const commit = 'b1f7aad'
const here = fileURLToPath(new URL('../../', import.meta.url))
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const migrations = 'src/store/migrations/migrations.ts'

/**
 * The code of the previous version of the tables: that of its last commit where the history is there; in a shallow clone today's code, told that
 * the last migration does not exist.
 */
export async function previousVersion(): Promise<PreviousVersion> {
  const dir = await mkdtemp(join(tmpdir(), 'posthaste-previous-'))
  const from = (await hasHistory()) ? 'history' : 'today'
  if (from === 'history') await takeFromHistory(dir)
  else await takeFromToday(dir)
  await cp(join(here, 'package.json'), join(dir, 'package.json'))
  await cp(join(here, 'test', 'support'), join(dir, 'test', 'support'), { recursive: true })
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'))
  return {
    from,
    program: (file) => pathToFileURL(join(dir, 'test', 'support', file)).href,
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

async function hasHistory(): Promise<boolean> {
  if (process.env.POSTHASTE_TEST_WITHOUT_HISTORY) return false
  return promisify(execFile)('git', ['cat-file', '-e', `${commit}:packages/posthaste/src/index.ts`], {
    cwd: here,
  }).then(
    () => true,
    () => false,
  )
}

async function takeFromHistory(dir: string): Promise<void> {
  const steps =
    'set -e; git archive --output="$2/previous.tar" "$1:packages/posthaste" src; tar -xf "$2/previous.tar" -C "$2"'
  await promisify(execFile)('sh', ['-c', steps, 'sh', commit, dir], { cwd: root })
}

async function takeFromToday(dir: string): Promise<void> {
  await cp(join(here, 'src'), join(dir, 'src'), { recursive: true })
  const source = await readFile(join(dir, migrations), 'utf8')
  const older = source.replace(/^ {2}\{ version: (\d+).*\n\]/m, ']')
  if (older === source) throw new Error(`${migrations} is not written as it was`)
  await writeFile(join(dir, migrations), older)
}
