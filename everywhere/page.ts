import { readFileSync } from 'node:fs'

/** What a page says of a tool: its commands, a line each, and its files. The cells do as the page says. */
export interface Advice {
  readonly commands: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

/** @param heading of the part, without its hashes */
export function adviceOf(heading: string, page = 'bundlers'): Advice {
  const text = readFileSync(new URL(`../docs/guide/${page}.md`, import.meta.url), 'utf8')
  const part = text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`))
  if (part === undefined) throw new Error(`docs/guide/${page}.md has no part '${heading}'`)
  const blocks = [...part.matchAll(/```(sh|js)\n([\s\S]*?)```/g)].map(([, kind, code = '']) => ({
    kind,
    code,
  }))
  const files = blocks.filter(({ kind }) => kind === 'js').map(({ code }) => [nameIn(code), code] as const)
  const commands = blocks.filter(({ kind }) => kind === 'sh').flatMap(({ code }) => code.trim().split('\n'))
  return { commands: commands.map((line) => line.replace(/\s+#.*$/, '')), files: Object.fromEntries(files) }
}

function nameIn(code: string): string {
  const [, name] = /^\/\/ (\S+)\n/.exec(code) ?? []
  if (name === undefined) throw new Error('a block of code does not name its file')
  return name
}
