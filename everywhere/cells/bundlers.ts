import { join } from 'node:path'
import type { Cell } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { type Format, runAlone, shop } from '../shop.ts'

interface Bundler {
  readonly name: string
  /** Its part of `docs/guide/bundlers.md`. */
  readonly heading: string
  readonly packages: Readonly<Record<string, string>>
  /** Where its command is, if npm does not link it. */
  readonly bin?: string
}

const esbuild: Bundler = { name: 'esbuild', heading: 'esbuild', packages: { esbuild: '0.28.2' } }
const webpack: Bundler = {
  name: 'webpack',
  heading: 'webpack',
  packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
}
const rolldown: Bundler = { name: 'rolldown', heading: 'Rolldown', packages: { rolldown: '1.3.3' } }
// The package `bun` brings this one by a script, and scripts do not run here.
const bunHere = `@oven/bun-${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`
const bun: Bundler = {
  name: 'bun build',
  heading: 'Bun',
  packages: { [bunHere]: '1.4.5' },
  bin: `node_modules/${bunHere}/bin`,
}

const pg = { pg: '8.23.1' }
const mysql2 = { mysql2: '3.24.6' }

export const cells: readonly Cell[] = [
  { ...cell(esbuild, 'esm'), short: true },
  { ...cell(esbuild, 'cjs'), short: true },
  cell(esbuild, 'esm', pg),
  cell(esbuild, 'cjs', mysql2),
  cell(webpack, 'esm'),
  { ...cell(webpack, 'cjs'), short: true },
  cell(webpack, 'esm', mysql2),
  cell(webpack, 'cjs', pg),
  { ...cell(rolldown, 'esm'), short: true },
  cell(rolldown, 'cjs'),
  cell(rolldown, 'esm', pg),
  cell(bun, 'esm'),
  cell(bun, 'cjs'),
  cell(bun, 'esm', pg),
]

/** One file made as the page says, and run where no package is. Drivers that are not installed are missing while it is made. */
function cell(
  { name, heading, packages, bin }: Bundler,
  format: Format,
  drivers: Record<string, string> = {},
): Cell {
  const beside = Object.keys(drivers).join(', ') || 'no driver'
  const [source, made] = format === 'esm' ? ['shop.mjs', 'shop.mjs'] : ['shop.cjs', 'shop.cjs']
  return {
    name: `${name}, ${format}, ${beside}`,
    packages: { ...packages, ...drivers },
    async run(place) {
      const { commands, files } = adviceOf('bundlers', heading)
      await place.write(source, shop(format))
      for (const [file, code] of Object.entries(files)) await place.write(file, code)
      const command = commands.find((line) => line.includes(format)) ?? ''
      const path = bin === undefined ? '' : `PATH="$PWD/${bin}:$PATH" `
      await place.shell(path + command.replace(/^npx /, ''))
      return runAlone(join(place.folder, 'dist', made), place.version)
    },
  }
}
