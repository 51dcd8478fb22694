import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PosthasteError } from '../../errors.ts'
import { errorText } from '../../foreign.ts'

/** A package.json, as text and as what it says. */
export interface Manifest {
  readonly file: string
  readonly text: string
  readonly content: Content
}

interface Content {
  readonly type?: unknown
  readonly main?: unknown
  readonly scripts?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** @throws {PH_PROJECT} */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, 'package.json')
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new PosthasteError('PH_PROJECT', `${file} cannot be read: ${errorText(cause)}`, { cause })
  })
  const content = parse(text, file)
  for (const value of [content, content.scripts ?? {}])
    if (!isRecord(value)) throw new PosthasteError('PH_PROJECT', `${file} is not as npm has it`)
  return { file, text, content }
}

function parse(text: string, file: string): Content {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) ?? []
  } catch (cause) {
    throw new PosthasteError('PH_PROJECT', `${file} is not JSON: ${errorText(cause)}`, { cause })
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function dependenciesOf({ content }: Manifest): ReadonlySet<string> {
  const groups = [content.dependencies, content.devDependencies]
  return new Set(groups.filter(isRecord).flatMap((group) => Object.keys(group as object)))
}

/** Adds scripts, and leaves the rest as npm would: its order, its indentation, its line ends. */
export async function addScripts(
  { file, text, content }: Manifest,
  scripts: Readonly<Record<string, string>>,
): Promise<void> {
  const [, indent = '  '] = /^([ \t]+)"/m.exec(text) ?? []
  const added = JSON.stringify({ ...content, scripts: { ...content.scripts, ...scripts } }, null, indent)
  const ends = text.includes('\r\n') ? added.replaceAll('\n', '\r\n') : added
  await writeFile(file, ends + (/\r?\n$/.exec(text)?.[0] ?? ''))
}
