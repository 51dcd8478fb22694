export interface Section {
  readonly title: string
  readonly pages: readonly { readonly text: string; readonly link: string }[]
}

/** What docs/README.md lists, by its headings: the site's sidebar. */
export function sectionsOf(frontPage: string): Section[] {
  const [, ...sections] = frontPage.split(/^## /m)
  return sections.map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    pages: [...section.matchAll(/\[([^\]]+)\]\(([^)#]+)\.md[^)]*\)/g)].map(([, text = '', file = '']) => ({
      text,
      link: new URL(file, 'file:///docs/').pathname.replace(/README$/, ''),
    })),
  }))
}
