import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export interface NextVersion {
  /** One of the programs of this folder, running on the code of the next version. */
  program(file: string): string
  remove(): Promise<void>
}

const here = fileURLToPath(new URL('../../', import.meta.url))
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const migrations = 'src/store/migrations.ts'

const madeUp = `  {
    version: 2,
    name: 'made-up',
    fingerprint: 'made up',
    statements: ({ tables }) => [\`alter table \${tables.mail} add column made_up integer\`],
  },
`

/** Today's code with one migration more. */
export async function nextVersion(): Promise<NextVersion> {
  const dir = await mkdtemp(join(tmpdir(), 'posthaste-next-'))
  await cp(join(here, 'src'), join(dir, 'src'), { recursive: true })
  const source = await readFile(join(dir, migrations), 'utf8')
  const later = source.replace(/^\]$/m, `${madeUp}]`)
  if (later === source) throw new Error(`${migrations} is not written as it was`)
  await writeFile(join(dir, migrations), later)
  await cp(join(here, 'package.json'), join(dir, 'package.json'))
  await cp(join(here, 'test', 'support'), join(dir, 'test', 'support'), { recursive: true })
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'))
  return {
    program: (file) => pathToFileURL(join(dir, 'test', 'support', file)).href,
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}
