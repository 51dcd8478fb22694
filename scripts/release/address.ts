/** Where the project is to be found. Nothing is published without it. */
export interface Address {
  /** `https://…`, without a slash at its end. */
  readonly repository: string
}

/**
 * The one place that holds it is `repository` in the `package.json` of the workspace.
 *
 * @throws there is none, or it is no https address
 */
export function addressOf({ repository }: { readonly repository?: unknown }): Address {
  if (typeof repository !== 'string' || !/^https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(repository))
    throw new Error(
      'Nothing is published without an address: write it as "repository": "https://host/owner/name" into the package.json of the workspace. ' +
        'For its provenance it must be the repository in whose CI this runs.',
    )
  return { repository }
}

/** The package's manifest with what a registry's page links to. */
export function withAddress<T extends object>(manifest: T, { repository }: Address): T & object {
  return {
    ...manifest,
    repository: { type: 'git', url: `git+${repository}.git`, directory: 'packages/posthaste' },
    homepage: `${repository}#readme`,
    bugs: { url: `${repository}/issues` },
  }
}

/** The README with links that lead somewhere on a registry's page, too: to the files of this version. */
export function withAbsoluteLinks(readme: string, { repository }: Address, version: string): string {
  const files = `${repository}/blob/v${version}`
  return readme.replace(/\]\((?![a-z]+:|#)\.?\/?([^)]+)\)/g, (_, path: string) => `](${files}/${path})`)
}
