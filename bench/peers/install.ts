import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const folder = new URL('./', import.meta.url)

/** Installs the peers where their lockfile is newer than what is there; gives the version of each. */
export async function install(): Promise<Record<string, string>> {
  if ((await changed('package-lock.json')) > (await changed('node_modules/.package-lock.json'))) {
    console.warn('[peers] npm ci --prefix bench/peers')
    await promisify(execFile)('npm', ['ci', '--prefix', fileURLToPath(folder)])
  }
  const { devDependencies } = JSON.parse(await readFile(new URL('package.json', folder), 'utf8'))
  return devDependencies
}

async function changed(file: string): Promise<number> {
  const found = await stat(new URL(file, folder)).catch(() => undefined)
  return found?.mtimeMs ?? 0
}
