import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** What a guide says: its commands, a line each, and its files, each named by a comment in its first line. The cells do as the page says. */
export interface Advice {
  readonly commands: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

/**
 * @param page of `docs/guide/`, without its ending
 * @param headings of the parts that are wanted, without their hashes
 */
export function adviceOf(page: string, ...headings: string[]): Advice {
  const text = readFileSync(new URL(`../docs/guide/${page}.md`, import.meta.url), 'utf8')
  for (const heading of headings) followed.add(`${page}: ${heading}`)
  const blocks = headings.flatMap((heading) => blocksOf(partOf(text, heading, page)))
  const files = blocks
    .filter(({ kind }) => kind !== 'sh')
    .map(({ code }) => [nameIn(code, page), code] as const)
  const commands = blocks.filter(({ kind }) => kind === 'sh').flatMap(({ code }) => code.trim().split('\n'))
  return { commands: commands.map((line) => line.replace(/\s+#.*$/, '')), files: Object.fromEntries(files) }
}

/** What cells have asked for so far. */
const followed = new Set<string>()

/** The pages whose code is for tools that are not in the workspace: cells follow them, and no compiler reads them beside the others. */
export function pagesOfCells(): string[] {
  const files = globSync(['cells/*.ts', '*-app.ts'], { cwd: here })
  const asked = files.flatMap((file) => [
    ...readFileSync(here + file, 'utf8').matchAll(/adviceOf\(\s*'([\w-]+)'/g),
  ])
  return [...new Set(asked.map(([, page = '']) => page))].sort()
}

/** Parts of these pages that have code which no cell has asked for, so that nothing has tried it. */
export function partsNotFollowed(): string[] {
  return pagesOfCells().flatMap((page) => {
    const [, ...parts] = readFileSync(`${here}../docs/guide/${page}.md`, 'utf8').split(/^## /m)
    const withCode = parts.filter((part) => blocksOf(part).some(({ kind }) => kind !== 'sh'))
    return withCode
      .map((part) => `${page}: ${part.slice(0, part.indexOf('\n'))}`)
      .filter((part) => !followed.has(part))
  })
}

function partOf(text: string, heading: string, page: string): string {
  const part = text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`))
  if (part === undefined) throw new Error(`docs/guide/${page}.md has no part '${heading}'`)
  return part
}

function blocksOf(part: string): { kind: string; code: string }[] {
  return [...part.matchAll(/```(sh|jsx?|tsx?)\n([\s\S]*?)```/g)].map(([, kind = '', code = '']) => ({
    kind,
    code,
  }))
}

function nameIn(code: string, page: string): string {
  const [, name] = /^\/\/ (\S+)\n/.exec(code) ?? []
  if (name === undefined) throw new Error(`a block of docs/guide/${page}.md does not name its file`)
  return name
}
