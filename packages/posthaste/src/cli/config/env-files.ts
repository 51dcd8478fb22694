import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { mayBeAnybodys } from './find.ts'

/** These, or what they are made of, put variables into the values of others. */
const expanding = ['next', 'nuxt', 'vite', 'astro', '@sveltejs/kit', '@react-router/dev', 'dotenv-expand']

/**
 * Sets what the project's files say and the environment does not, in the order of Next, Vite and Nuxt: what is for this machine before what
 * is for all, what is for this NODE_ENV before what is for each. A file, or a folder, that every user may write is left alone.
 */
export function loadEnvFiles(project: string): void {
  const mode = process.env.NODE_ENV
  const files = envNames(mode)
    .map((name) => join(project, name))
    .filter((file) => existsSync(file) && ![project, file].some(mayBeAnybodys))
  const read = Object.assign({}, ...files.reverse().map((file) => parseEnv(readFileSync(file, 'utf8'))))
  const expand = expandsIn(project) ? expander(read) : (value: string) => value
  for (const [name, value] of Object.entries<string>(read)) process.env[name] ??= expand(value)
}

/** The first that names a variable counts. A test is to be the same on every machine. */
function envNames(mode: string | undefined): string[] {
  const local = mode === 'test' ? [] : ['.env.local']
  return mode ? [`.env.${mode}.local`, ...local, `.env.${mode}`, '.env'] : [...local, '.env']
}

function expandsIn(project: string): boolean {
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    return expanding.some((name) => name in { ...dependencies, ...devDependencies })
  } catch {
    return false
  }
}

const reference = /\\\$|\$\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|\$([A-Za-z_]\w*)/g

/** `$NAME`, `${NAME}` and `${NAME:-default}`; `\$` is a dollar. One that refers to itself is empty. */
function expander(read: Readonly<Record<string, string>>): (value: string) => string {
  const expand = (value: string, within: readonly string[]): string =>
    value.replace(reference, (_whole, braced?: string, otherwise = '', bare?: string) => {
      const name = braced ?? bare
      if (name === undefined) return '$'
      const found = process.env[name] ?? (within.includes(name) ? undefined : read[name])
      return found === undefined || found === '' ? otherwise : expand(found, [...within, name])
    })
  return (value) => expand(value, [])
}
