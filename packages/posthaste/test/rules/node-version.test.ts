import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { oldNode } from '../../src/cli/node-version.ts'

const manifest = new URL('../../package.json', import.meta.url)

test.each(['18.20.8', '20.20.2', '22.17.1', '23.11.0', '24.10.0', '25.2.0'])(
  'Node %s is told what is needed',
  (node) => {
    expect(oldNode({ node })).toBe(
      `posthaste needs Node.js 22.18, 24.11, 26 or newer, and this is ${node}: install a newer one, or name it (PATH).`,
    )
  },
)

test.each(['22.18.0', '22.23.3', '24.11.0', '24.21.0', '26.0.0', '27.1.0'])('Node %s will do', (node) => {
  expect(oldNode({ node })).toBeUndefined()
})

test('what will do is what the package says', () => {
  expect(JSON.parse(readFileSync(manifest, 'utf8')).engines.node).toBe('^22.18 || ^24.11 || >=26')
})

test('Bun and Deno are not asked for the Node that they stand for', () => {
  expect(oldNode({ node: '20.0.0', bun: '1.4.5' })).toBeUndefined()
  expect(oldNode({ node: '20.0.0', deno: '2.6.0' })).toBeUndefined()
})
