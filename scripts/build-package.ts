import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const workspace = fileURLToPath(new URL('..', import.meta.url))
const sources = join(workspace, 'packages/posthaste')

/**
 * Builds the package. TypeScript writes a declaration for each source file; the JavaScript is a few files, because Node takes longer to find and
 * read three hundred modules than to compile them. Dependencies stay outside, but for uuid: of its twenty modules two are needed. Names and stack
 * traces stay whole.
 */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const tsc = join(workspace, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', join(sources, 'tsconfig.build.json'), '--outDir', folder])
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (/\.js(\.map)?$/.test(file)) rmSync(join(folder, file))
  await bundle(folder)
  copyFileSync(join(workspace, 'node_modules/uuid/LICENSE.md'), join(folder, 'uuid.LICENSE.md'))
  chmodSync(join(folder, 'cli/bin.js'), 0o755)
}

async function bundle(folder: string): Promise<void> {
  const core = new Set<string>()
  const { version } = JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8'))
  const built = await rolldown({
    input: Object.fromEntries(
      ['index', 'testing/index', 'cli/cli', 'cli/bin'].map((name) => [
        name,
        join(sources, 'src', `${name}.ts`),
      ]),
    ),
    platform: 'node',
    external: /^(?!uuid$)[a-z@]/,
    plugins: [
      {
        name: 'version',
        load: (id) =>
          id.endsWith('src/version.ts') ? `export const version = ${JSON.stringify(version)}` : null,
      },
      {
        name: 'core',
        buildEnd() {
          const add = (id: string) => {
            if (core.has(id)) return
            core.add(id)
            for (const imported of this.getModuleInfo(id)?.importedIds ?? []) add(imported)
          }
          for (const id of this.getModuleInfo(join(sources, 'src/index.ts'))?.importedIds ?? []) add(id)
        },
      },
      // An entry that another entry loads later: else what the two share becomes a file for each way of sharing.
      {
        name: 'command line',
        resolveId: (id) => (id === './cli.ts' ? { id: './cli.js', external: 'relative' } : null),
      },
    ],
  })
  await built.write({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name]-[hash].js',
    // What an import of the package loads is one file: else it is one for each way of sharing.
    codeSplitting: {
      groups: [
        { name: 'version', test: /src\/version\.ts$/, priority: 1 },
        { name: 'core', test: (id) => core.has(id) },
      ],
    },
    sourcemap: true,
  })
  await built.close()
}

if (import.meta.main) await buildPackage(process.argv[2] ?? join(sources, 'dist'))
