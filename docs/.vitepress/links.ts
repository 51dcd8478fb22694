/** The anchor that GitHub makes of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** The same on the site: VitePress changes every link to an anchor so, and its headings must follow. */
export function siteAnchorOf(heading: string): string {
  return anchorOf(heading).replace(/-{2,}/g, '-').replace(/^-|-$/g, '').replace(/^(\d)/, '_$1')
}

/** A link as the site has it; undefined where it leads to a file or folder that is no page, and no repository is known to have it. */
export function siteLink(href: string, page: string, repository: string | undefined): string | undefined {
  if (/^([a-z]+:|#)/.test(href)) return href
  if (/\.md(#|$)/.test(href)) return href.replace(/README\.md/, 'index.md')
  return repository && `${repository}/blob/HEAD${new URL(href, `file:///${page}`).pathname}`
}
