import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../packages/posthaste/src', import.meta.url))

/** A file of `src/`, by its path below it. */
export interface Source {
  readonly file: string
  readonly text: string
  readonly lines: number
  readonly tree: ts.SourceFile
}

export interface Import {
  readonly from: string
  /** A path below `src/`, or the name of a package. */
  readonly to: string
  /** It is gone at run time. */
  readonly types: boolean
}

export function readSources(): Source[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
      return { file, text, lines: text.split('\n').length - 1, tree }
    })
}

export function importsOf({ file, text }: Source): Import[] {
  const found = text.matchAll(
    /^(?:import|export)( type)?(?: [^'"()=]*? from)? '([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...found].map(([, types, name, dynamic = '']) => {
    const to = name ?? dynamic
    return {
      from: file,
      to: to.startsWith('.') ? join(dirname(file), to) : to,
      types: types !== undefined,
    }
  })
}

/** Calls `visit` with every node of a file, the outer before the inner. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  node.forEachChild((child) => walk(child, visit))
}

export function lineOf({ tree }: Source, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}
