import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type MarkdownRenderer } from 'vitepress'
import { sectionsOf } from './front-page.ts'
import { siteAnchorOf, siteLink } from './links.ts'
import { statePicture } from './state-picture.ts'

const workspace = fileURLToPath(new URL('../..', import.meta.url))
const { repository } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
const frontPage = readFileSync(join(workspace, 'docs/README.md'), 'utf8')

/** The pages stay where they are in the repository, so that their links lead there and here. */
export default defineConfig({
  title: 'Posthaste',
  description: 'A transactional mail queue for Node.js',
  srcDir: '..',
  srcExclude: ['packages/**', 'everywhere/**', '.changeset/**'],
  rewrites: (page) => page.replace(/README\.md$/, 'index.md'),
  markdown: { anchor: { slugify: siteAnchorOf }, config: prepare },
  themeConfig: {
    search: { provider: 'local' },
    nav: [{ text: 'Documentation', link: '/docs/' }],
    sidebar: sectionsOf(frontPage).map(({ title, pages }) => ({ text: title, items: [...pages] })),
    outline: [2, 3],
  },
})

function prepare(md: MarkdownRenderer): void {
  leadOn(md)
  drawStates(md)
  for (const rule of ['code_inline', 'text']) keepBraces(md, rule)
}

/** To Vue, two braces begin an expression; in our pages they are templates of Handlebars. */
function keepBraces({ renderer: { rules } }: MarkdownRenderer, rule: string): void {
  const render = rules[rule]
  rules[rule] = (...given) => {
    const html = render?.(...given) ?? ''
    return html.includes('{{') ? `<span v-pre>${html}</span>` : html
  }
}

/** GitHub draws Mermaid by itself. */
function drawStates({ renderer: { rules } }: MarkdownRenderer): void {
  const render = rules.fence
  rules.fence = (tokens, at, ...given) => {
    const { info = '', content = '' } = tokens[at] ?? {}
    return info === 'mermaid' ? statePicture(content) : (render?.(tokens, at, ...given) ?? '')
  }
}

function leadOn(md: MarkdownRenderer): void {
  md.core.ruler.push('site links', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href === null) continue
      const link = siteLink(href, env.relativePath, repository)
      if (link === undefined) token.attrs = []
      else token.attrSet('href', link)
    }
  })
}
