import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { anchorOf } from '../../../docs/.vitepress/links.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const docs = join(root, 'docs')
/** Pages outside it that the site has, too. */
const others = ['README', 'ARCHITECTURE', 'CONTRIBUTING', 'SECURITY', 'examples/README', 'bench/README'].map(
  (name) => join(root, `${name}.md`),
)
const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => join(docs, file))

test('every link of the documentation leads to a file, and to a heading in it', () => {
  const links = [...pages, ...others].flatMap((page) =>
    linksOf(page).map((link) => ({ page: relative(root, page), ...link })),
  )
  expect(links.length).toBeGreaterThan(50)
  expect(links.filter(({ file }) => !existsSync(file)).map(shown)).toEqual([])
  const astray = links.filter(({ file, anchor }) => anchor && !anchorsOf(file).includes(anchor))
  expect(astray.map(shown)).toEqual([])
})

test('every page of the documentation is in its index, and every decision in theirs', () => {
  const listed = [join(docs, 'README.md'), join(docs, 'decisions/README.md')].flatMap((page) => [
    page,
    ...linksOf(page).map(({ file }) => file),
  ])
  expect(pages.filter((page) => !listed.includes(page)).map((page) => relative(root, page))).toEqual([])
})

interface Link {
  readonly target: string
  readonly file: string
  readonly anchor: string | undefined
}

function linksOf(page: string): Link[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      return { target, file: path === '' ? page : resolve(dirname(page), path), anchor }
    })
}

function shown({ page, target }: Link & { page: string }): string {
  return `${page} → ${target}`
}

function anchorsOf(file: string): string[] {
  if (!file.endsWith('.md')) return []
  return [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

/** Without blocks of code. */
function prose(file: string): string {
  return readFileSync(file, 'utf8').replace(/^```.*?^```/gms, '')
}
