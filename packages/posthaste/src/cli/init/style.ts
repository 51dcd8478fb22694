import { dirname, relative } from 'node:path/posix'
import type { Project } from './project.ts'
import type { Places } from './templates.ts'

/** How the project's files are written. */
export interface Style {
  /** How the configuration's name ends. */
  readonly ending: string
  /** How the names of others end: a framework wants them plain. */
  readonly plainEnding: string
  readonly isTypeScript: boolean
  readonly isCommonjs: boolean
  /** What TypeScript wants to be told to take its imports. */
  readonly wants: string | undefined
  /** What an import in `from` says to mean `file`. Both are relative to the project. */
  specifier(from: string, file: string): string
}

export function styleOf(project: Project): Style {
  const isTypeScript = project.language === 'TypeScript'
  const isModule = project.modules === 'ES modules'
  const reads = readsOf(project)
  const isRun = reads === 'as Node does'
  // Node takes a file of TypeScript in a project of CommonJS for CommonJS; a compiler makes that of it.
  const marked = isTypeScript ? !isModule && isRun : !isModule && !isRun
  const plain = isTypeScript ? 'ts' : 'js'
  const ending = marked ? `m${plain}` : plain
  return {
    ending,
    plainEnding: isRun ? ending : plain,
    isTypeScript,
    wants: isTypeScript && isRun && needsOption(project) ? asNodeRuns : undefined,
    isCommonjs: !isTypeScript && !isModule && isRun,
    specifier: (from, file) =>
      pathBetween(from, file).replace(/\.([cm]?)ts$/, (own, kind) => endings[reads](own, kind, isModule)),
  }
}

const asNodeRuns = '"rewriteRelativeImportExtensions": true'

function needsOption({ find, read }: Project): boolean {
  const file = find('tsconfig.json')
  return (
    file !== undefined && !/(?:rewriteRelativeImport|allowImportingTs)Extensions"\s*:\s*true/.test(read(file))
  )
}

type Reads = Project['framework']['reads']

/** An app with a build of its own is compiled before it is run. */
export function readsOf({ framework, language, manifest }: Project): Reads {
  const isBuilt = language === 'TypeScript' && manifest.content.scripts?.build !== undefined
  return isBuilt && framework.reads === 'as Node does' ? 'compiled' : framework.reads
}

/** What becomes of the ending of a TypeScript file in an import. */
const endings: Readonly<Record<Reads, (own: string, kind: string, isModule: boolean) => string>> = {
  bundled: (own, kind) => (kind === '' ? '' : own),
  compiled: (_own, kind, isModule) => (isModule || kind !== '' ? `.${kind}js` : ''),
  'as Node does': (own) => own,
}

export function placesOf({ framework, find }: Project): Places {
  const sources =
    framework.reads !== 'bundled' && (framework.reads === 'compiled' || find('src')) ? 'src/' : ''
  return { sources, app: find('src/app', 'app') ?? (find('src/pages') ? 'src/app' : 'app') }
}

function pathBetween(from: string, file: string): string {
  const path = relative(dirname(from), file)
  return path.startsWith('.') ? path : `./${path}`
}

/** What a module says, as CommonJS: for the few forms that templates have. */
export function commonjs(text: string): string {
  const exported = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name)
  const body = text
    .replace(/^import (\{.*\}|\w+) from ('.*')$/gm, 'const $1 = require($2)')
    .replace(/^export default \w+\n/gm, '')
    .replace(/^export (?=const)/gm, '')
    .trimEnd()
  return exported.length === 0 ? `${body}\n` : `${body}\n\nmodule.exports = { ${exported.join(', ')} }\n`
}
