import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PosthasteError } from '../../errors.ts'
import { errorText, isError, peek } from '../../foreign.ts'
import { UsageError } from '../report.ts'
import { builtFrom } from './find.ts'
import { decorators, runTypeScript } from './run-typescript.ts'

/** @throws {PH_CONFIG_FILE} with what the importer said, and what to do */
export async function importFile(file: string, loader: string | undefined): Promise<Record<string, unknown>> {
  if (loader === undefined) runTypeScript(file)
  else await importLoader(loader)
  try {
    return await import(pathToFileURL(file).href)
  } catch (cause) {
    const hint = mayBeLoadedOtherwise(cause) ? `. ${otherwise(file)}` : ''
    throw new PosthasteError('PH_CONFIG_FILE', `${file} cannot be loaded: ${reason(cause)}${hint}`, { cause })
  }
}

/** What `node --import` would have loaded first: the project's, not ours. */
async function importLoader(name: string): Promise<void> {
  const from = join(process.cwd(), 'package.json')
  try {
    await import(pathToFileURL(createRequire(from).resolve(name)).href)
  } catch (error) {
    throw new UsageError(`${name} cannot be loaded (--import): ${errorText(error)}`)
  }
}

const codes =
  /^ERR_(?:UNSUPPORTED|INVALID_TYPESCRIPT|UNKNOWN_FILE_EXTENSION|REQUIRE|MODULE_NOT_FOUND)|^MODULE_NOT_FOUND$/

/** It is the language or a path that Node does not understand, and not what the file does. */
function mayBeLoadedOtherwise(error: unknown): boolean {
  return codes.test(String(peek(error, 'code'))) || peek(error, 'name') === 'SyntaxError'
}

function otherwise(file: string): string {
  const built = builtFrom(file)
  const build =
    built === undefined
      ? 'what your build makes of it (--config dist/posthaste.config.js)'
      : `what your build has made of it: --config ${built}`
  return `Name ${build}; or load it with your compiler: --import tsx, once tsx is installed`
}

/** A syntax error says where only at the head of its stack, if at all. */
function reason(error: unknown): string {
  const [place = ''] = isError(error) ? String(error.stack).split('\n') : []
  if (/^(?:file:|\/|[A-Z]:\\).*:\d+$/.test(place)) return `${errorText(error)} (${place})`
  const isToken = /unexpected token$/.test(errorText(error)) && decorators.length > 0
  return isToken ? `${errorText(error)} (a decorator: ${decorators.join(', ')})` : errorText(error)
}
