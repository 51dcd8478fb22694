import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** This folder and all above it, the nearest first. */
export function foldersFrom(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersFrom(above)]
}

/** The nearest folder with a package.json, from here upwards. */
export function projectFrom(folder: string): string | undefined {
  return foldersFrom(folder).find((one) => existsSync(join(one, 'package.json')))
}

// Of the process: a configuration brings its own copy of this package.
const chosen = Symbol.for('posthaste.project')
const places = globalThis as { [chosen]?: string }

/** From now on relative files of a configuration are meant from here: that of another project than the current folder's. */
export function chooseProject(folder: string): void {
  places[chosen] = folder
}

/** A file of the configuration, wherever in the project a command is called. */
export function fromProject(file: string): string {
  const here = process.cwd()
  return resolve(places[chosen] ?? projectFrom(here) ?? here, file)
}
