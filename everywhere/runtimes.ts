import type { Cell } from './cell.ts'
import { runDriverApp } from './driver-app.ts'
import type { Driver } from './drivers.ts'

/** What runs the app, as npm brings it: for Linux on x64. */
export interface Runtime {
  readonly name: string
  readonly packages: Readonly<Record<string, string>>
  /** Runs `shop.mjs`. */
  readonly command: string
}

export function runtimeCell({ name, packages, command }: Runtime, driver: Driver): Cell {
  return {
    name: `${name}, ${driver.name}`,
    packages: { ...packages, ...driver.packages },
    skip: onLinux,
    run: (place) => runDriverApp(driver, place, command),
  }
}

export function onLinux(): string | undefined {
  return process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : 'it is brought for Linux on x64 only'
}
