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
  readonly base: string
  readonly paths: Readonly<Record<string, readonly string[]>>
}

/** Of the nearest tsconfig.json, with what it extends. */
export function tsPathsFor(file: string): TsPaths {
  const config = foldersFrom(dirname(file))
    .map((folder) => join(folder, 'tsconfig.json'))
    .find((one) => existsSync(one))
  const read = config === undefined ? undefined : pathsOf(config)
  return { candidates: (specifier) => (read === undefined ? [] : candidatesOf(specifier, read)) }
}

function candidatesOf(specifier: string, { base, paths }: Read): string[] {
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
    targets.map((target) => resolve(base, target.replace('*', star))),
  )
}

function pathsOf(file: string): Read | undefined {
  const { compilerOptions = {}, extends: bases = [] } = readJsonc(file)
  const { paths, baseUrl } = compilerOptions
  if (paths) return { base: resolve(dirname(file), baseUrl ?? '.'), paths }
  return [bases]
    .flat()
    .reverse()
    .map((base) => located(base, file))
    .flatMap((base) => (base === undefined ? [] : (pathsOf(base) ?? [])))
    .at(0)
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
