import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { foldersFrom } from '../../project-folder.ts'

/** What a project's tsconfig.json says of names that no package has. */
export interface TsPaths {
  /** What `@/mail/queue` may stand for, in order. */
  candidates(specifier: string): string[]
}

interface Read {
  /** `baseUrl`: whatever no package has the name of may be meant from there. */
  readonly baseUrl?: string | undefined
  /** The folder of the file that says the paths. */
  readonly pathsIn: string
  readonly paths: Readonly<Record<string, readonly string[]>>
}

/** Of the nearest tsconfig.json, with what it extends; then of the projects that it refers to, as Vite and Nuxt have it. */
export function tsPathsFor(file: string): TsPaths {
  const config = foldersFrom(dirname(file))
    .map((folder) => join(folder, 'tsconfig.json'))
    .find((one) => existsSync(one))
  const reads = config === undefined ? [] : [config, ...referred(config)].map(pathsOf)
  return {
    candidates: (specifier) =>
      reads.flatMap((read) => [
        ...mapped(specifier, read),
        ...(read.baseUrl === undefined ? [] : [resolve(read.baseUrl, specifier)]),
      ]),
  }
}

function referred(file: string): string[] {
  const { references = [] } = readJsonc(file)
  return references.flatMap(({ path }) => located(resolve(dirname(file), path), file) ?? [])
}

function mapped(specifier: string, { baseUrl, pathsIn, paths }: Read): string[] {
  const found = Object.entries(paths).flatMap(([pattern, targets]) => {
    const [before = '', after] = pattern.split('*')
    if (after === undefined) return pattern === specifier ? [{ before, targets, star: '' }] : []
    const fits =
      specifier.startsWith(before) &&
      specifier.endsWith(after) &&
      specifier.length >= before.length + after.length
    return fits
      ? [{ before, targets, star: specifier.slice(before.length, specifier.length - after.length) }]
      : []
  })
  // The longest beginning says most.
  found.sort((a, b) => b.before.length - a.before.length)
  return found.flatMap(({ targets, star }) =>
    targets.map((target) => resolve(baseUrl ?? pathsIn, target.replace('*', star))),
  )
}

function pathsOf(file: string): Read {
  const { compilerOptions = {}, extends: bases = [] } = readJsonc(file)
  const { paths, baseUrl } = compilerOptions
  const inherited = [bases].flat().flatMap((base) => located(base, file) ?? [])
  return {
    ...inherited.map(pathsOf).reduce(merged, nothing(file)),
    ...(baseUrl !== undefined && { baseUrl: resolve(dirname(file), baseUrl) }),
    ...(paths && { pathsIn: dirname(file), paths }),
  }
}

/** What the later says counts, each by itself. */
function merged(earlier: Read, later: Read): Read {
  const says = Object.keys(later.paths).length > 0 ? later : earlier
  return { ...says, baseUrl: later.baseUrl ?? earlier.baseUrl }
}

function nothing(file: string): Read {
  return { pathsIn: dirname(file), paths: {} }
}

/** A file beside it, or of a package. */
function located(base: string, from: string): string | undefined {
  const beside = resolve(dirname(from), base)
  const names = [beside, `${beside}.json`, join(beside, 'tsconfig.json')]
  if (/^[./]/.test(base)) return names.find((name) => name.endsWith('.json') && existsSync(name))
  for (const name of [base, `${base}.json`, `${base}/tsconfig.json`])
    try {
      return createRequire(from).resolve(name)
    } catch {}
  return undefined
}

interface TsConfig {
  readonly extends?: string | readonly string[]
  readonly references?: readonly { readonly path: string }[]
  readonly compilerOptions?: { readonly paths?: Read['paths']; readonly baseUrl?: string }
}

const comments = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
const finalCommas = /("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g

/** JSON with comments and final commas. One that cannot be read says nothing. */
function readJsonc(file: string): TsConfig {
  try {
    const text = readFileSync(file, 'utf8')
    return JSON.parse(text.replace(comments, '$1').replace(finalCommas, '$1'))
  } catch {
    return {}
  }
}
