import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

interface Declared {
  readonly sources: string
  readonly folder: string
  readonly entries: readonly string[]
}

/**
 * Writes one declaration for each entry, with all that it needs: Nodemailer's types, too, for the app may have Nodemailer in another version, or
 * compile in a way in which Nodemailer's own do not.
 *
 * They are declared once, for CommonJS, and an ES module takes them from there: the reverse is an error in TypeScript before 5.8. So a queue is the
 * same type in both.
 */
export async function writeDeclarations({ sources, folder, entries }: Declared): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'posthaste-types-'))
  try {
    await bundleTypes({ sources, folder: scratch, entries })
    for (const file of readdirSync(scratch, { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('.d.ts'))
        write(join(folder, commonJs(file)), readFileSync(join(scratch, file), 'utf8'))
    for (const entry of entries)
      writeFileSync(
        join(folder, `${entry}.d.ts`),
        `export * from './${entry.slice(entry.lastIndexOf('/') + 1)}.cjs'\n`,
      )
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function bundleTypes({ sources, folder, entries }: Declared): Promise<void> {
  const built = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(sources, 'src', `${entry}.ts`)])),
    platform: 'node',
    logLevel: 'warn',
    checks: { pluginTimings: false },
    external: /^node:/,
    plugins: [dts({ emitDtsOnly: true, tsconfig: join(sources, 'tsconfig.build.json') })],
  })
  await built.write({ dir: folder, chunkFileNames: 'parts/[name].js' })
  await built.close()
}

const commonJs = (file: string) => file.replace(/\.d\.ts$/, '.d.cts')

/** In CommonJS a default import needs an option of the app's (`esModuleInterop`); a namespace needs none. */
function write(file: string, declarations: string): void {
  const text = declarations
    .replace(/(from ")(\.[^"]*)\.js"/g, '$1$2.cjs"')
    .replace(/^import (\w+), (\{.*\}) from ("node:.*)$/gm, 'import * as $1 from $3\nimport $2 from $3')
    .replace(/^import (\w+) from "node:/gm, 'import * as $1 from "node:')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
