import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { writeDeclarations } from './build/declarations.ts'

const workspace = fileURLToPath(new URL('..', import.meta.url))
const sources = join(workspace, 'packages/posthaste')
/** What can be imported. */
const entries = ['index', 'testing/index']

/**
 * Builds the package. Its JavaScript is a few files, because Node takes longer to find and read three hundred modules than to compile them; so are its
 * declarations. Dependencies stay outside, but for uuid: of its twenty modules two are needed. Names and stack traces stay whole.
 */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  await bundle(folder)
  await writeDeclarations({ sources, folder, entries })
  for (const entry of entries) writeRequired(join(folder, `${entry}.cjs`))
  writeForJest(folder)
  copyFileSync(join(workspace, 'node_modules/uuid/LICENSE.md'), join(folder, 'uuid.LICENSE.md'))
  chmodSync(join(folder, 'cli/bin.js'), 0o755)
}

async function bundle(folder: string): Promise<void> {
  const core = new Set<string>()
  const { version } = JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8'))
  const built = await rolldown({
    input: Object.fromEntries(
      [...entries, 'cli/cli', 'cli/bin'].map((name) => [name, join(sources, 'src', `${name}.ts`)]),
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

/** What `require` gives is what `import` gives, so that there is one of it in a process: every Node that we run on can require ES modules. */
function writeRequired(file: string): void {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.cjs$/, '.js')
  writeFileSync(file, `module.exports = require('./${name}')\n`)
}

/** CommonJS in the sources, too: Node takes the types out. */
function writeForJest(folder: string): void {
  const file = join(folder, 'testing/jest.cjs')
  writeFileSync(file, stripTypeScriptTypes(readFileSync(join(sources, 'src/testing/jest.cts'), 'utf8')))
  writeFileSync(join(folder, 'testing/jest.d.cts'), 'export {}\n')
}

/** What npm packs beside `dist`: the pages that errors and the README name. */
export function copyPages(folder: string): void {
  for (const file of ['LICENSE', 'README.md']) copyFileSync(join(workspace, file), join(folder, file))
  for (const page of pages) {
    mkdirSync(dirname(join(folder, page)), { recursive: true })
    cpSync(join(workspace, page), join(folder, page))
  }
}

const pages = ['docs/reference/errors.md', 'docs/reference/options.md']

if (import.meta.main) {
  await buildPackage(process.argv[2] ?? join(sources, 'dist'))
  copyPages(sources)
}
