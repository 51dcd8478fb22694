import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { pagesOfCells } from '../../../everywhere/page.ts'
import { allPages, type FencedBlock, fencedBlocks, typedPages } from './support/guide-code.ts'
import { readManifest, workspace } from './support/packed-app.ts'

const blocks = allPages.flatMap(fencedBlocks)
const followed = pagesOfCells().map((name) => `docs/guide/${name}.md`)
const manifest = await readManifest()
const { scripts } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))

/** What tries code of this kind. Cells are those of `npm run everywhere`, which tells of a part that none has followed. */
const kinds: Readonly<Record<string, string>> = {
  ts: 'the compiler, in guides.test.ts; or a cell',
  tsx: 'a cell',
  js: 'a cell; or a test below',
  sh: 'a test below, and docs-commands.test.ts',
  sql: 'a database, in guides.test.ts',
  ini: 'docs-commands.test.ts, its command',
  dockerfile: 'docs-commands.test.ts, its command',
  yaml: 'docs-commands.test.ts, its command',
  mermaid: 'docs-reference.test.ts',
}

const drawings = 'ARCHITECTURE.md'

test('every block of code in a page is of a kind that something tries', () => {
  expect(blocks.length).toBeGreaterThan(100)
  const code = blocks.filter(({ page, kind }) => kind !== '' || page !== drawings)
  expect(code.filter(({ kind }) => kinds[kind] === undefined).map(shown)).toEqual([])
})

test('TypeScript is read by the compiler, or followed by a cell', () => {
  const read = [...typedPages(), ...followed]
  expect(
    of('ts')
      .filter(({ page }) => !read.includes(page))
      .map(shown),
  ).toEqual([])
  expect(
    of('tsx')
      .filter(({ page }) => !followed.includes(page))
      .map(shown),
  ).toEqual([])
})

test('JavaScript is followed by a cell, but for two configurations', () => {
  const others = of('js').filter(({ page }) => !followed.includes(page))
  expect(others.map(({ code }) => code.split('\n')[0])).toEqual([
    '// jest.config.js',
    '// ecosystem.config.cjs',
  ])
})

test('the configuration of jest is the one that the example in CommonJS has', () => {
  const { moduleNameMapper } = exportsOf('docs/guide/testing.md')
  const example = readFileSync(join(workspace, 'examples/nest-jest-commonjs/jest.config.js'), 'utf8')
  expect(moduleNameMapper).toEqual(evaluated(example).moduleNameMapper)
})

test('the configuration of PM2 starts the file that is the command', () => {
  const { apps } = exportsOf('docs/operations.md')
  expect(apps).toMatchObject([
    { script: join('node_modules/posthaste', manifest.bin.posthaste), args: 'work' },
  ])
})

test('a shell understands every block for one', async () => {
  const read = of('sh').map(({ page, code }) =>
    promisify(execFile)('bash', ['-n', '-c', code]).catch(({ stderr }) => `${page}: ${stderr}`),
  )
  expect((await Promise.all(read)).filter((found) => typeof found === 'string')).toEqual([])
})

test('every line for a shell is one that something tries', () => {
  const lines = of('sh')
    .filter(({ page }) => !followed.includes(page))
    .flatMap(linesOf)
  expect(lines.length).toBeGreaterThan(80)
  expect(lines.filter(({ line }) => !tried.some((pattern) => pattern.test(line)))).toEqual([])
})

test('every script that a page names is there', () => {
  const named = blocks.flatMap(({ code }) => [...code.matchAll(/npm run (?:-s )?([\w:]+)/g)])
  expect(named.length).toBeGreaterThan(5)
  expect(named.map(([, name = '']) => name).filter((name) => scripts[name] === undefined)).toEqual([])
})

const tried: readonly RegExp[] = [
  // docs-commands.test.ts
  /(^|[ /])posthaste /,
  // guides.test.ts
  /^(export DATABASE_URL=|node order\.ts$|psql .*"\$OWNER_URL")/,
  // migration-tools.test.ts, and what the page says of Prisma
  /^(psql|sqlite3|mariadb|npx (drizzle-kit|prisma)) /,
  // CI
  /^npm (ci|test|install posthaste)( |$)|^npm run |^npx (vitest run|tsx) /,
]

function of(kind: string): FencedBlock[] {
  return blocks.filter((block) => block.kind === kind)
}

function linesOf({ page, code }: FencedBlock): { page: string; line: string }[] {
  const lines = code.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim())
  return lines.filter((line) => line !== '').map((line) => ({ page, line }))
}

/** What the only block of JavaScript in this page exports. */
function exportsOf(page: string): Record<string, unknown> {
  const [block] = of('js').filter((block) => block.page === page)
  return evaluated(block?.code ?? '')
}

function evaluated(code: string): Record<string, unknown> {
  const module = { exports: {} }
  new Function('module', code)(module)
  return module.exports
}

function shown({ page, kind, code }: FencedBlock): string {
  return `${page}: ${kind}: ${code.split('\n')[0]}`
}
