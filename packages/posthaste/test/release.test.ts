import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { addressOf, withAbsoluteLinks, withAddress } from '../../../scripts/release/address.ts'
import { readManifest, workspace } from './support/packed-app.ts'

const repository = 'https://example.com/owner/posthaste'

test.each([{}, { repository: '' }, { repository: 'owner/posthaste' }, { repository: 'https://example.com' }])(
  'nothing is published without an address: %j',
  (manifest) => {
    expect(() => addressOf(manifest)).toThrow(/into the package\.json of the workspace/)
  },
)

const { repository: address } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))

test.skipIf(address)('the script of the release ends there, before it builds anything', async () => {
  const script = join(workspace, 'scripts/release.ts')
  const { code, stderr } = await promisify(execFile)(process.execPath, [script, '--dry-run']).catch(
    (error) => error,
  )
  expect(code).toBe(1)
  expect(stderr).toContain('Nothing is published without an address')
})

test('the published manifest has the address in its three fields, and all else as before', async () => {
  const manifest = await readManifest()
  expect(withAddress(manifest, addressOf({ repository }))).toEqual({
    ...manifest,
    repository: { type: 'git', url: `git+${repository}.git`, directory: 'packages/posthaste' },
    homepage: `${repository}#readme`,
    bugs: { url: `${repository}/issues` },
  })
})

test('no address stands in a second place, and a registry finds the package by its words', async () => {
  const manifest = await readManifest()
  for (const field of ['repository', 'homepage', 'bugs']) expect(manifest).not.toHaveProperty(field)
  const words = [
    'email',
    'queue',
    'transactional-outbox',
    'nodemailer',
    'smtp',
    'postgresql',
    'mysql',
    'mariadb',
    'sqlite',
  ]
  expect(manifest).toMatchObject({ keywords: expect.arrayContaining(words), license: 'MIT' })
})

test('every link of the published README has an address', async () => {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8')
  const links = (text: string) => [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
  const published = links(withAbsoluteLinks(readme, { repository }, '1.2.3'))
  expect(published).toHaveLength(links(readme).length)
  expect(published.filter((link) => !/^(https:|#)/.test(link))).toEqual([])
  expect(published).toContain(`${repository}/blob/v1.2.3/docs/guide/getting-started.md#sqlite`)
})

describe.each(['package-lock.json', 'bench/peers/package-lock.json'])('%s', (name) => {
  const { packages } = JSON.parse(readFileSync(join(workspace, name), 'utf8'))
  const entries = Object.entries<Locked>(packages)
  const installed = entries.filter(([path, { link }]) => path.includes('node_modules/') && !link)

  test('has the checksum of every package, and names no registry to take it from', () => {
    expect(installed.length).toBeGreaterThan(50)
    expect(installed.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([])
    expect(installed.filter(([, { resolved }]) => resolved).map(([path]) => path)).toEqual([])
  })

  test('has every package that another wants, those of other platforms too', () => {
    const wanted = entries.flatMap(([path, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }).map((needed) => ({
        path,
        needed,
      })),
    )
    expect(wanted.length).toBeGreaterThan(50)
    expect(wanted.filter(({ path, needed }) => !isLocked(packages, path, needed))).toEqual([])
  })
})

/** As Node finds it: beside the package that wants it, or further up. */
function isLocked(packages: object, path: string, needed: string): boolean {
  const within = path === '' ? '' : `${path}/`
  if (Object.hasOwn(packages, `${within}node_modules/${needed}`)) return true
  return path !== '' && isLocked(packages, path.slice(0, Math.max(0, path.lastIndexOf('/'))), needed)
}

interface Locked {
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: true
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
