import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sectionsOf } from '../../../docs/.vitepress/front-page.ts'
import { anchorOf, siteAnchorOf, siteLink } from '../../../docs/.vitepress/links.ts'
import { statePicture } from '../../../docs/.vitepress/state-picture.ts'
import { deadLinks } from '../../../scripts/dead-links.ts'

const repository = 'https://example.com/owner/posthaste'

test('a link of the site that leads to no page, no heading and no file is found, and no other', async () => {
  const site = await siteOf({
    'index.html': `<a href="/docs/">a</a> <a class="x" href="./docs/a.html#there">a</a> <a href="#here">a</a>
      <a href="https://example.com">a</a> <a>a</a> <a href="/file.txt">a</a> <h2 id="here">here</h2>
      <a href="/docs/gone.html">a</a> <a href="#gone">a</a> <a href="gone.txt">a</a>`,
    'docs/index.html': '<a href="../">a</a> <a href="a.html#gone&amp;away">a</a>',
    'docs/a.html': '<h2 id="there">there</h2>',
    'file.txt': '',
  })
  expect(deadLinks(site).toSorted()).toEqual([
    'docs/index.html → a.html#gone&away',
    'index.html → #gone',
    'index.html → /docs/gone.html',
    'index.html → gone.txt',
  ])
})

test('links between pages lead to pages, those to files into the repository where it is known', () => {
  expect(siteLink('../examples/README.md#x', 'docs/README.md', repository)).toBe('../examples/index.md#x')
  expect(siteLink('https://example.com', 'docs/README.md', repository)).toBe('https://example.com')
  expect(siteLink('01-pg/order.ts', 'examples/README.md', repository)).toBe(
    `${repository}/blob/HEAD/examples/01-pg/order.ts`,
  )
  expect(siteLink('01-pg/order.ts', 'examples/README.md', undefined)).toBeUndefined()
})

test('an anchor is the one of GitHub, and on the site what VitePress makes of a link to that', () => {
  expect(anchorOf("A worker's `own` machine – today")).toBe('a-workers-own-machine--today')
  expect(siteAnchorOf("A worker's `own` machine – today")).toBe('a-workers-own-machine-today')
})

test('the sidebar of the site has every page that the front page lists', async () => {
  const frontPage = await readFile(new URL('../../../docs/README.md', import.meta.url), 'utf8')
  const sections = sectionsOf(frontPage)
  const links = sections.flatMap(({ pages }) => pages.map(({ link }) => link))
  expect(sections.map(({ title }) => title)).toEqual(['Start', 'Build', 'Run', 'Decide', 'Look something up'])
  expect(links).toEqual(
    expect.arrayContaining(['/docs/guide/getting-started', '/docs/reference/api', '/docs/decisions/']),
  )
  expect(links.filter((link) => link.includes('README') || link.includes('.md'))).toEqual([])
})

test('the picture of states has a column for each, and a row for each way from one to another, with its words', () => {
  const picture = statePicture(`stateDiagram-v2
    [*] --> queued: enqueue
    queued --> sent: it was sent; & so on
    sent --> queued: ${'again '.repeat(40)}
    sent --> [*]: retention
`)
  const texts = [...picture.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text = '']) => text)
  expect(texts.filter((text) => text === 'queued')).toHaveLength(2)
  expect(texts).toEqual(expect.arrayContaining(['enqueue', 'it was sent; &amp; so on', 'retention']))
  expect(texts.join(' ').split('again')).toHaveLength(41)
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(110)
  const arrows = [...picture.matchAll(/x1="(\d+)" y1="\d+" x2="(\d+)" y2="\d+" [^>]*marker-end/g)]
  const isForward = arrows.map(([, from, to]) => Number(to) > Number(from))
  expect(isForward).toEqual([true, true, false, true])
})

test('a diagram that it cannot draw ends the making of the site', () => {
  expect(() => statePicture('flowchart LR\n  a --> b')).toThrow('flowchart LR')
  expect(() => statePicture('stateDiagram-v2\n  note left of queued: x')).toThrow('note left of queued')
})

async function siteOf(files: Readonly<Record<string, string>>): Promise<string> {
  const site = await mkdtemp(join(tmpdir(), 'posthaste-site-'))
  onTestFinished(() => rm(site, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(site, name)), { recursive: true })
    await writeFile(join(site, name), text)
  }
  return site
}
