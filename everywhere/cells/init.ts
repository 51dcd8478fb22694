import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startFresh } from '../../packages/posthaste/test/support/databases/start.ts'
import type { Cell, Place } from '../cell.ts'
import { firstMail } from '../steps.ts'

interface Kind {
  readonly language: 'JavaScript' | 'TypeScript'
  readonly type: 'module' | 'commonjs'
}

const typescript = { typescript: '6.0.3', '@types/node': '24.19.2' }
const kinds: readonly Kind[] = [
  { language: 'JavaScript', type: 'module' },
  { language: 'JavaScript', type: 'commonjs' },
  { language: 'TypeScript', type: 'module' },
  { language: 'TypeScript', type: 'commonjs' },
]

interface Tried {
  readonly packages: Readonly<Record<string, string>>
  /** Beside them, where the language is TypeScript. */
  readonly types?: Readonly<Record<string, string>>
  /** Of the driver, which the app has without using it yet. */
  readonly database?: 'postgres' | 'mariadb'
  /** The one that CI tries. */
  readonly short?: string
}

/** Nothing is there but the packages, as after `npm init` and `npm install`. */
function empty(framework: string, { packages, types = {}, database, short }: Tried): Cell[] {
  return kinds.map(({ language, type }) => {
    const kind = `${language}, ${type}`
    return {
      name: `init, ${framework}, ${kind}`,
      ...(short === kind ? { short: true } : {}),
      packages: language === 'TypeScript' ? { ...packages, ...typescript, ...types } : packages,
      async run(place) {
        await changeManifest(place, { type })
        const took = await firstMailOn(place, database)
        return `${seconds(took)}${language === 'TypeScript' ? await checked(place) : ''}`
      },
    }
  })
}

async function firstMailOn(place: Place, database: Tried['database']): Promise<number> {
  if (database === undefined) return firstMail(place)
  const server = await startFresh(database)
  try {
    return await firstMail(place, { settings: { DATABASE_URL: server.url } })
  } finally {
    await server.stop()
  }
}

/** The compiler takes what was written, with the options that Node's own documentation names for files that it runs. */
async function checked(place: Place): Promise<string> {
  const compilerOptions = {
    noEmit: true,
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    rewriteRelativeImportExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    types: ['node'],
  }
  await place.write('tsconfig.json', JSON.stringify({ compilerOptions }))
  await place.shell('tsc -p .')
  return ', and its types are right'
}

async function changeManifest(place: Place, change: object): Promise<void> {
  const manifest = JSON.parse(await readFile(join(place.folder, 'package.json'), 'utf8'))
  await place.write('package.json', `${JSON.stringify({ ...manifest, ...change }, null, 2)}\n`)
}

function seconds(milliseconds: number): string {
  return `first mail ${(milliseconds / 1_000).toFixed(1)} s after the call of init`
}

export const cells: readonly Cell[] = [
  ...empty('Express', {
    packages: { express: '5.3.0' },
    types: { '@types/express': '5.0.6' },
    short: 'JavaScript, commonjs',
  }),
  ...empty('Fastify', { packages: { fastify: '5.12.8' }, short: 'TypeScript, module' }),
  ...empty('Express with pg', {
    packages: { express: '5.3.0', pg: '8.23.1' },
    types: { '@types/express': '5.0.6' },
    database: 'postgres',
  }),
  ...empty('Fastify with mysql2', { packages: { fastify: '5.12.8', mysql2: '3.24.6' }, database: 'mariadb' }),
  ...empty('no framework', { packages: {} }),
]
