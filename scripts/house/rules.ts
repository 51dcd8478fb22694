import ts from 'typescript'
import { type Import, importsOf, lineOf, type Source, walk } from './sources.ts'

/** Where a rule is broken: `file:line what`. */
export type Finding = string

const sqlBegins =
  /^\s*(select\s|insert into\s|update\s+\S+\s+(\w+\s+)?set\s|delete from\s|create (table|index|schema|function)\s|alter table\s|with \w+ as \(|savepoint\s|release savepoint\s|rollback to\s)/i

/** The app of the demo has a table of its own. */
const apps = ['demo/shop.ts']

/** Text that a database would run, outside `store/`. */
export function sqlOutsideStore(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ file }) => !file.startsWith('store/') && !apps.includes(file))
    .flatMap((source) => textsThat(source, sqlBegins))
}

const longestLine = 120

/** SQL is read a clause a line. */
export function longLinesInStore(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ file }) => file.startsWith('store/'))
    .flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (line.length > longestLine ? [`${file}:${index + 1} ${line.length}`] : [])),
    )
}

function textsThat(source: Source, pattern: RegExp): Finding[] {
  const found: Finding[] = []
  walk(source.tree, (node) => {
    const text = ts.isStringLiteralLike(node)
      ? node.text
      : ts.isTemplateExpression(node)
        ? node.getText().slice(1)
        : ''
    if (pattern.test(text)) found.push(at(source, node, text.slice(0, 60)))
  })
  return found
}

const engines = ['store/postgres/', 'store/mysql/', 'store/sqlite/']
const databases = ['postgres', 'mysql', 'mariadb', 'sqlite']

/** Comparisons with a database's name, outside the engines. */
export function databaseQuestions(sources: readonly Source[]): Finding[] {
  const outside = sources.filter(({ file }) => !engines.some((engine) => file.startsWith(engine)))
  return outside.flatMap((source) => {
    const found: Finding[] = []
    walk(source.tree, (node) => {
      if (ts.isStringLiteral(node) && databases.includes(node.text) && isCompared(node))
        found.push(at(source, node, node.parent.getText().slice(0, 60)))
    })
    return found
  })
}

function isCompared({ parent }: ts.Node): boolean {
  if (ts.isCaseClause(parent)) return true
  return ts.isBinaryExpression(parent) && /^[!=]==?$/.test(parent.operatorToken.getText())
}

const finals = ['sent', 'failed', 'suppressed', 'cancelled']

/** The list of all states, and the table of their transitions, from which the final ones are derived. */
const tellStates = ['mail/mail.ts', 'mail/transitions.ts']

/** Places that list the final states: three of them in one array, type or text. */
export function finalStates(sources: readonly Source[]): Finding[] {
  const outside = sources.filter(({ file }) => !tellStates.includes(file))
  return outside.flatMap((source) => {
    const found: Finding[] = []
    walk(source.tree, (node) => {
      if (finals.filter((state) => wordsOf(node).includes(state)).length >= 3)
        found.push(at(source, node, node.getText().slice(0, 60)))
    })
    return found
  })
}

function wordsOf(node: ts.Node): readonly string[] {
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literalOf)
  if (ts.isUnionTypeNode(node))
    return node.types.map((type) => (ts.isLiteralTypeNode(type) ? literalOf(type.literal) : ''))
  if (ts.isStringLiteralLike(node)) return quotedIn(node.text)
  return ts.isTemplateExpression(node) ? quotedIn(node.getText()) : []
}

function literalOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : ''
}

function quotedIn(sql: string): string[] {
  return [...sql.matchAll(/'(\w+)'/g)].map(([, word = '']) => word)
}

/** Files that import each other in a ring, types too. */
export function circles(sources: readonly Source[]): Finding[] {
  const graph = new Map(sources.map((source) => [source.file, importsOf(source).map(({ to }) => to)]))
  return rings(graph).map((ring) => ring.join(' → '))
}

/** Tarjan's strongly connected components of more than one file. */
function rings(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (file: string) => {
    index.set(file, index.size)
    low.set(file, index.size - 1)
    stack.push(file)
    for (const to of graph.get(file) ?? []) {
      if (!graph.has(to)) continue
      if (!index.has(to)) visit(to)
      if (stack.includes(to)) low.set(file, Math.min(low.get(file) ?? 0, low.get(to) ?? 0))
    }
    if (low.get(file) !== index.get(file)) return
    const ring = stack.splice(stack.indexOf(file))
    if (ring.length > 1) found.push(ring)
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return found
}

export function importsThatRise(
  sources: readonly Source[],
  mayImport: (from: string, to: string) => boolean,
): Finding[] {
  const known = new Set(sources.map(({ file }) => file))
  const rises = ({ from, to }: Import) => known.has(to) && !mayImport(from, to)
  return sources
    .flatMap(importsOf)
    .filter(rises)
    .map(({ from, to }) => `${from} → ${to}`)
}

export interface GoneName {
  readonly name: string
  /** `identifier`: a name in code; `word`: in code, comments and texts. */
  readonly kind: 'identifier' | 'word'
  /** Below `src/`. @default everywhere */
  readonly folder?: string
}

/** Names that were replaced and must not come back. */
export function goneNames(sources: readonly Source[], names: readonly GoneName[]): Finding[] {
  return names.flatMap(({ name, kind, folder = '' }) => {
    const pattern = new RegExp(`(?<![\\w$-])${name}(?![\\w$-])`, kind === 'word' ? 'i' : '')
    return sources
      .filter(({ file }) => file.startsWith(folder))
      .flatMap((source) => (kind === 'word' ? linesWith(source, pattern) : identifiersThat(source, name)))
  })
}

function linesWith({ file, text }: Source, pattern: RegExp): Finding[] {
  return text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : []))
}

function identifiersThat(source: Source, name: string): Finding[] {
  const found: Finding[] = []
  walk(source.tree, (node) => {
    const isName = ts.isIdentifier(node) || ts.isPrivateIdentifier(node)
    if (isName && node.text.replace('#', '') === name) found.push(at(source, node, name))
  })
  return found
}

function at(source: Source, node: ts.Node, what: string): Finding {
  return `${source.file}:${lineOf(source, node)} ${what.replaceAll(/\s+/g, ' ')}`
}
