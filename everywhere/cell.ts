import type { Running } from './running.ts'
import type { Site } from './site.ts'

/** One combination of tools, tried with the package as it is published. */
export interface Cell {
  readonly name: string
  /** It belongs to the share that CI runs each time. */
  readonly short?: true
  /** Packages from npm beside the package itself, with their versions. */
  readonly packages: Readonly<Record<string, string>>
  /** Versions of what these packages want, where theirs cannot be installed here. */
  readonly overrides?: Readonly<Record<string, string>>
  /** Why it cannot be run here; undefined where it can. */
  skip?(): string | undefined
  /** Throws where something is wrong; what it gives is printed. */
  run(place: Place): Promise<string>
}

/** A folder of the cell's own, with its packages installed. */
export interface Place {
  readonly folder: string
  readonly version: string
  write(file: string, text: string): Promise<void>
  /** Runs a command line there, with the commands of its packages within reach. Throws with all that it printed. */
  shell(command: string, env?: Readonly<Record<string, string>>): Promise<string>
  /** Starts an app that listens on `PORT`, in that folder or another. */
  serve(command: string, options: { env: Readonly<Record<string, string>>; cwd?: string }): Promise<Site>
  /** Starts what runs until it is stopped, such as a script of npm. */
  start(command: string, env: Readonly<Record<string, string>>): Running
}
