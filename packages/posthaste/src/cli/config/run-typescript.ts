import { readFileSync, statSync } from 'node:fs'
import nodeModule from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { errorText, peek } from '../../foreign.ts'
import { type TsPaths, tsPathsFor } from './tsconfig.ts'
import {
  hasModuleSyntax,
  isBareJson,
  isCommonjs,
  isRequired,
  loadJson,
  loadRequired,
} from './wrapped-module.ts'

/** Loaders of the user's own, which know their way. */
const loaders = /\b(?:tsx|ts-node|tsimp|jiti|swc|esbuild|babel|oxc)\b/

/**
 * Lets Node run a project's TypeScript as it is written for a compiler: `.js` that means `.ts`, no endings, `paths`, enums, and `import` in a
 * project of CommonJS. Only for what Node itself does not find or cannot run, and for nothing in node_modules.
 */
export function runTypeScript(file: string): void {
  const { registerHooks } = nodeModule
  const isNode = process.versions.bun === undefined && !('Deno' in globalThis)
  const told = [process.env.NODE_OPTIONS ?? '', ...process.execArgv].some((option) => loaders.test(option))
  if (!isNode || told || typeof registerHooks !== 'function') return
  const paths = tsPathsFor(file)
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (error) {
        const found = isOwn(context.parentURL)
          ? foundFor(specifier, context.parentURL ?? '', paths)
          : undefined
        if (found === undefined) throw error
        // A file that is required is named by its path.
        return next(isRequired(context) ? found : pathToFileURL(found).href, context)
      }
    },
    load(url, context, next) {
      if (!isOwn(url)) return next(url, context)
      if (isBareJson(url, context)) return loadJson(url)
      const loaded = /\.[cm]?ts$/.test(url) ? loadTypeScript(url) : next(url, context)
      return isCommonjs(loaded, context) ? loadRequired(url) : loaded
    },
  })
}

function isOwn(url: string | undefined): boolean {
  return url?.startsWith('file:') === true && !url.includes('/node_modules/')
}

function foundFor(specifier: string, parent: string, paths: TsPaths): string | undefined {
  const isPath = /^(?:\.{0,2}\/|\.{1,2}$|file:)/.test(specifier)
  const bases = isPath ? [fileURLToPath(new URL(specifier, parent))] : paths.candidates(specifier)
  return bases.flatMap(spellings).find(isFile)
}

/** What a compiler takes a path for. */
function spellings(path: string): string[] {
  const ending = extname(path)
  const bare = path.slice(0, path.length - ending.length)
  const written =
    { '.js': ['.ts', '.tsx'], '.mjs': ['.mts'], '.cjs': ['.cts'], '.jsx': ['.tsx'] }[ending] ?? []
  const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']
  return [
    path,
    ...written.map((one) => `${bare}${one}`),
    ...endings.map((one) => `${path}${one}`),
    ...endings.map((one) => join(path, `index${one}`)),
  ]
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** Where files that were loaded have decorators: Node says only that it met an unexpected token, and not where. */
export const decorators: string[] = []

function loadTypeScript(url: string) {
  const file = fileURLToPath(url)
  const source = readFileSync(file, 'utf8')
  const line = source.split('\n').findIndex((text) => /^\s*@[a-z_$][\w$.]*\s*(?:\(|$|export\b)/i.test(text))
  if (line >= 0) decorators.push(`${file}:${line + 1}`)
  const isModule = file.endsWith('.mts') || (!file.endsWith('.cts') && hasModuleSyntax(source))
  const code = javascriptOf(source, url)
  return {
    format: isModule ? ('module' as const) : ('commonjs' as const),
    source: isModule ? `${namesOfCommonjs(source, file)}${code}` : code,
    shortCircuit: true,
  }
}

/** Types are blanked out; what has to be written otherwise, such as an enum, is. @throws the importer's own error */
function javascriptOf(source: string, url: string): string {
  const { stripTypeScriptTypes } = nodeModule
  try {
    return stripTypeScriptTypes(source, { mode: 'strip', sourceUrl: url })
  } catch (error) {
    if (peek(error, 'code') !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw located(error, url)
    try {
      return stripTypeScriptTypes(source, { mode: 'transform', sourceMap: true, sourceUrl: url })
    } catch {
      throw located(error, url)
    }
  }
}

/** Node tells the line, but not of which file. */
function located(error: unknown, url: string): Error {
  const [, line = ''] = /^(:\d+)\n/.exec(String(peek(error, 'stack'))) ?? []
  const message = `${errorText(error)} (${fileURLToPath(url)}${line})`
  return Object.assign(new SyntaxError(message, { cause: error }), { code: peek(error, 'code') })
}

/** What a compiler to CommonJS leaves standing, on the first line: the numbers of the others stay. */
function namesOfCommonjs(source: string, file: string): string {
  const text = JSON.stringify
  const names = {
    __filename: text(file),
    __dirname: text(dirname(file)),
    require: `process.getBuiltinModule('node:module').createRequire(${text(file)})`,
  }
  const used = Object.entries(names).filter(
    ([name]) =>
      new RegExp(`\\b${name}\\b`).test(source) &&
      !new RegExp(`(?:const|let|var|function|[{,])\\s*${name}\\b`).test(source),
  )
  return used.map(([name, value]) => `const ${name} = ${value}; `).join('')
}
