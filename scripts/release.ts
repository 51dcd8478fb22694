import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPackage, copyPages } from './build-package.ts'
import { addressOf, withAbsoluteLinks, withAddress } from './release/address.ts'

/*
 * npm run release                 builds and publishes, in CI, with provenance
 * npm run release -- --dry-run    the same, but that nothing leaves this machine
 */
const workspace = fileURLToPath(new URL('..', import.meta.url))
const folder = join(workspace, 'packages/posthaste')
const [manifestFile, readmeFile] = [join(folder, 'package.json'), join(folder, 'README.md')]

const address = addressOf(JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8')))
const manifest = readFileSync(manifestFile, 'utf8')
const { version } = JSON.parse(manifest)

await buildPackage(join(folder, 'dist'))
copyPages(folder)
try {
  writeFileSync(manifestFile, `${JSON.stringify(withAddress(JSON.parse(manifest), address), null, 2)}\n`)
  writeFileSync(readmeFile, withAbsoluteLinks(readFileSync(readmeFile, 'utf8'), address, version))
  publish(process.argv.includes('--dry-run'))
} finally {
  writeFileSync(manifestFile, manifest)
}

/** Changesets publishes what the registry does not have yet, and tags it; the manifest's `publishConfig` has npm refuse without provenance. */
function publish(dry: boolean): void {
  const changeset = join(workspace, 'node_modules/.bin/changeset')
  if (dry) execFileSync('npm', ['publish', '--dry-run'], { cwd: folder, stdio: 'inherit' })
  else execFileSync(changeset, ['publish'], { cwd: workspace, stdio: 'inherit' })
}
