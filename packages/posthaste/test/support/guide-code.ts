import { globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pagesOfCells } from '../../../../everywhere/page.ts'
import { workspace } from './packed-app.ts'

/** A block of TypeScript in a page; a comment in its first line names its file. */
export interface CodeBlock {
  readonly page: string
  readonly file: string
  /** With what `<!-- given … -->` before it declares. */
  readonly code: string
}

/** A block of code of any kind. */
export interface FencedBlock {
  readonly page: string
  readonly kind: string
  readonly code: string
}

export const allPages = globSync(['*.md', 'docs/**/*.md', '{examples,bench}/README.md'], {
  cwd: workspace,
}).sort()

export function fencedBlocks(page: string): FencedBlock[] {
  const text = readFileSync(join(workspace, page), 'utf8')
  return [...text.matchAll(/^ *```(\S*)\n(.*?)^ *```$/gms)].map(([, kind = '', code = '']) => ({
    page,
    kind,
    code,
  }))
}

/** The pages whose TypeScript the compiler reads: that of the others is for tools which `npm run everywhere` brings. */
export function typedPages(): string[] {
  const others = pagesOfCells().map((name) => `docs/guide/${name}.md`)
  const typed = allPages.filter((page) => fencedBlocks(page).some(({ kind }) => kind === 'ts'))
  return typed.filter((page) => !others.includes(page))
}

export async function codeBlocks(page: string): Promise<CodeBlock[]> {
  const text = await readFile(join(workspace, page), 'utf8')
  const found = text.matchAll(/(?:<!-- given\n([\s\S]*?)-->\n)?```ts\n([\s\S]*?)```/g)
  return [...found].map(([, given = '', code = ''], index) => {
    const file = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `block-${index + 1}.ts`
    return { page, file, code: `${given}${code}\nexport {}\n` }
  })
}

/** A folder with the blocks as files, one folder a page, and the workspace's packages within reach. */
export async function folderOf(
  blocks: readonly CodeBlock[],
): Promise<{ path: string; drop(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'posthaste-guides-'))
  const config = blocks.find(({ file }) => file === 'posthaste.config.ts')
  await symlink(join(workspace, 'node_modules'), join(path, 'node_modules'))
  await writeFile(join(path, 'package.json'), '{ "type": "module" }')
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify(typescript))
  for (const page of new Set(blocks.map(({ page }) => page))) {
    await mkdir(join(path, folderName(page)), { recursive: true })
    if (config) await writeFile(join(path, folderName(page), config.file), config.code)
  }
  for (const { page, file, code } of blocks) await writeFile(join(path, folderName(page), file), code)
  return { path, drop: () => rm(path, { recursive: true, force: true }) }
}

/** Makes files runnable where no package is built: Node reads the sources as they are. */
export async function onSources(file: string): Promise<void> {
  const code = await readFile(file, 'utf8')
  const index = pathToFileURL(join(source, 'index.ts')).href
  await writeFile(file, code.replaceAll("from 'posthaste'", `from '${index}'`))
}

export const folderName = (page: string) => page.replace(/\W/g, '-')

const source = join(workspace, 'packages/posthaste/src')
const typescript = {
  extends: join(workspace, 'tsconfig.json'),
  compilerOptions: {
    noEmit: true,
    typeRoots: [join(workspace, 'node_modules/@types')],
    paths: { posthaste: [join(source, 'index.ts')], 'posthaste/testing': [join(source, 'testing/index.ts')] },
  },
  include: ['**/*.ts'],
  exclude: ['node_modules'],
}
