import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Links of a built site that lead nowhere: to no file of it, or to no element of the page. */
export function deadLinks(site: string): string[] {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  )
  const ids = new Map<string, Set<string>>()
  const idsOf = (file: string) => {
    const known = ids.get(file) ?? new Set(matches(readFileSync(file, 'utf8'), /\sid="([^"]+)"/g))
    ids.set(file, known)
    return known
  }
  return pages.flatMap((page) =>
    linksOf(join(site, page))
      .filter((link) => {
        const { pathname, hash } = new URL(link, `file:///${page}`)
        const file = fileOf(site, pathname)
        if (file === undefined) return true
        return hash !== '' && file.endsWith('.html') && !idsOf(file).has(decodeURIComponent(hash.slice(1)))
      })
      .map((link) => `${page} → ${link}`),
  )
}

function linksOf(file: string): string[] {
  const links = matches(readFileSync(file, 'utf8'), /<a\s[^>]*?href="([^"]+)"/g)
  return [...new Set(links)].filter((link) => !/^[a-z]+:/.test(link))
}

/** As a web server of plain files finds it. */
function fileOf(site: string, pathname: string): string | undefined {
  const path = join(site, decodeURIComponent(pathname))
  const candidates = [path, `${path}.html`, join(path, 'index.html')]
  return candidates.find((file) => existsSync(file) && statSync(file).isFile())
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found.replaceAll('&amp;', '&'))
}
