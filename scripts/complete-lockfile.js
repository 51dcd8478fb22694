// Writes package-lock.json anew in a folder without node_modules: beside one, npm leaves out the optional packages of other platforms, and then
// `npm ci` calls the file out of sync. Afterwards every package has its checksum. Run it after every `npm install`.
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const workspace = fileURLToPath(new URL('..', import.meta.url))
const folder = join(workspace, process.argv[2] ?? '.')
const scratch = mkdtempSync(join(tmpdir(), 'posthaste-lockfile-'))
try {
  for (const file of globSync(['package.json', 'packages/*/package.json'], { cwd: folder }))
    cpSync(join(folder, file), join(scratch, file))
  cpSync(join(workspace, '.npmrc'), join(scratch, '.npmrc'))
  writeFileSync(join(scratch, 'package-lock.json'), withChecksums(join(folder, 'package-lock.json')))
  execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], {
    cwd: scratch,
    stdio: 'inherit',
  })
  cpSync(join(scratch, 'package-lock.json'), join(folder, 'package-lock.json'))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/** Without the entries that have none: npm asks for what is missing, and lets stand what is there. */
function withChecksums(file) {
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const kept = Object.entries(lock.packages).filter(
    ([path, { integrity, link }]) => !path.includes('node_modules/') || integrity || link,
  )
  return JSON.stringify({ ...lock, packages: Object.fromEntries(kept) }, null, 2)
}
