import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addressOf, withAbsoluteLinks, withAddress } from '../../../scripts/release/address.ts'
import { readManifest, workspace } from './support/packed-app.ts'

const repository = 'https://example.com/owner/posthaste'

test.each([{}, { repository: '' }, { repository: 'owner/posthaste' }, { repository: 'https://example.com' }])(
  'nothing is published without an address: %j',
  (manifest) => {
    expect(() => addressOf(manifest)).toThrow(/into the package\.json of the workspace/)
  },
)

test('the published manifest has the address in its three fields, and all else as before', async () => {
  const manifest = await readManifest()
  expect(withAddress(manifest, addressOf({ repository }))).toEqual({
    ...manifest,
    repository: { type: 'git', url: `git+${repository}.git`, directory: 'packages/posthaste' },
    homepage: `${repository}#readme`,
    bugs: { url: `${repository}/issues` },
  })
})

test('every link of the published README has an address', async () => {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8')
  const links = (text: string) => [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
  const published = links(withAbsoluteLinks(readme, { repository }, '1.2.3'))
  expect(published).toHaveLength(links(readme).length)
  expect(published.filter((link) => !/^(https:|#)/.test(link))).toEqual([])
  expect(published).toContain(`${repository}/blob/v1.2.3/docs/guide/getting-started.md#sqlite`)
})

test('what is installed is the same everywhere: every locked package has its checksum', async () => {
  const lock = JSON.parse(await readFile(join(workspace, 'package-lock.json'), 'utf8'))
  const entries = Object.entries<Locked>(lock.packages).filter(([path]) => path.includes('node_modules/'))
  expect(entries.length).toBeGreaterThan(500)
  const bare = entries.filter(([, { integrity, link }]) => !integrity && !link)
  expect(bare.map(([path]) => path)).toEqual([])
})

interface Locked {
  readonly integrity?: string
  readonly link?: true
}
