import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { PosthasteError } from '../../errors.ts'
import { foldersFrom, projectFrom } from '../../project-folder.ts'

export const configNames = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map(
  (ending) => `posthaste.config.${ending}`,
)

/** Where a build leaves what came of it. */
const built = ['dist', 'dist/src', 'build', 'build/src', 'out']

/** In a folder, in this order: what is written by hand, then what a build has made of it. */
const places = ['', 'src', ...built]

/** The nearest configuration up to the project's own folder: what lies above it may belong to others. */
export function findConfig(start: string): string | undefined {
  const project = projectFrom(start) ?? start
  const file = configIn(foldersFrom(start).filter((folder) => folder.startsWith(project)))
  if (file !== undefined) requireOwn(file)
  return file
}

/** One that was written by hand in this very project, from its folder. */
export function configHere(project: string): string | undefined {
  const file = filesIn(project, ['', 'src']).at(0)
  return file && relative(project, file).replaceAll('\\', '/')
}

/** One that is not taken, for it lies above the project. */
export function configAbove(start: string): string | undefined {
  return configIn(foldersFrom(start))
}

/** What a build has made of this configuration, as `--config` takes it. */
export function builtFrom(file: string): string | undefined {
  const project = projectFrom(dirname(file)) ?? dirname(file)
  const found = filesIn(project, built).find((one) => one !== file && /\.[cm]?js$/.test(one))
  return found && relative(process.cwd(), found)
}

function configIn(folders: readonly string[]): string | undefined {
  return folders.flatMap((folder) => filesIn(folder, places)).at(0)
}

function filesIn(folder: string, below: readonly string[]): string[] {
  return below
    .flatMap((place) => configNames.map((name) => join(folder, place, name)))
    .filter((file) => existsSync(file))
}

/** A configuration is code that runs as us. @throws {PH_CONFIG_FILE} */
function requireOwn(file: string): void {
  for (const path of [file, dirname(file)])
    if (mayBeAnybodys(path))
      throw new PosthasteError(
        'PH_CONFIG_FILE',
        `${path} may be written by every user, so ${file} was not run: take that right away (chmod o-w), or name the file (--config)`,
      )
}

/** May every user write it? Windows has no such modes. */
export function mayBeAnybodys(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o002) !== 0
}
