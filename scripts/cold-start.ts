import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../packages/posthaste/dist', import.meta.url))
const runs = 9

/** Milliseconds from the start of Node to its end: median of so many runs, on the package as it is built. */
function measure(args: readonly string[], env: Record<string, string> = {}): number {
  const times = Array.from({ length: runs }, () => {
    const began = performance.now()
    execFileSync(process.execPath, args, { stdio: 'ignore', env: { ...process.env, ...env } })
    return performance.now() - began
  })
  return Math.round(times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0)
}

const folder = mkdtempSync(join(tmpdir(), 'posthaste-cold-'))
const env = { POSTHASTE_DATABASE_URL: `sqlite:${join(folder, 'mail.db')}` }
const command = join(dist, 'cli/bin.js')
const node = measure(['-e', '0'])
const script = `import(${JSON.stringify(join(dist, 'index.js'))})`
try {
  console.log(`node alone                      ${node} ms`)
  console.log(`posthaste --version             ${measure([command, '--version'])} ms   (150)`)
  console.log(`posthaste status, empty SQLite  ${measure([command, 'status'], env)} ms   (300)`)
  console.log(`import 'posthaste'              ${measure(['-e', script]) - node} ms beside node   (80)`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
