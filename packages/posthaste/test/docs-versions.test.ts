import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { catalogue } from '../src/errors.ts'
import { readManifest } from './support/packed-app.ts'

const read = (file: string) => readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')

test('the page of versions and the README name the Nodes that the package asks for', async () => {
  const { engines } = await readManifest()
  const oldest = engines.node.match(/\d+(\.\d+)?/g) ?? []
  expect(oldest.length).toBeGreaterThan(1)
  expect(await row('Node.js')).toContain(oldest.join(', '))
  const readme = await read('README.md')
  expect(readme).toContain(`${oldest.slice(0, -1).join(', ')}, ${oldest.at(-1)} or newer`)
})

test('the page of versions names the databases that the error of an old one asks for', async () => {
  const asked = catalogue.PH_DATABASE_VERSION.remedy.matchAll(
    /(PostgreSQL|MySQL|MariaDB|SQLite) (\d+(\.\d+)?)/g,
  )
  const oldest = [...asked].map(([, name = '', version = '']) => ({ name, version }))
  expect(oldest).toHaveLength(4)
  for (const { name, version } of oldest) expect(await row(name)).toContain(`| ${version}`)
})

test('the page of versions names the drivers and ranges of the package', async () => {
  const { peerDependencies } = JSON.parse(await read('packages/posthaste/package.json'))
  const { '@types/node': _, ...drivers } = peerDependencies
  expect(Object.keys(drivers).length).toBeGreaterThan(2)
  for (const [name, range] of Object.entries(drivers))
    expect(await row(`\`${name}\``)).toContain(`\`${range}\``)
})

test('the page of versions names the compilers and runtimes that the package is tried with', async () => {
  const cells = await read('everywhere/cells/types.ts')
  const compilers = new Set(
    [...cells.matchAll(/typescript: '(\d+)\.(\d+)/g)].map(([, major, minor]) =>
      minor === '0' ? major : `${major}.${minor}`,
    ),
  )
  expect(compilers.size).toBeGreaterThan(3)
  for (const version of compilers) expect(await row('TypeScript')).toContain(version)
  for (const runtime of ['bun', 'deno']) {
    const [, name] = /name: '(\w+ \d+\.\d+)/.exec(await read(`everywhere/cells/${runtime}.ts`)) ?? []
    expect(await row('Bun, Deno')).toContain(name)
  }
})

/** The line of the page's tables that begins so. */
async function row(name: string): Promise<string> {
  const found = (await read('docs/versions.md')).split('\n').find((line) => line.startsWith(`| ${name} |`))
  expect(found, name).toBeDefined()
  return found ?? ''
}
