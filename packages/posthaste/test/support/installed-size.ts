import { existsSync } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The bytes of a package and of all that it depends on, each once, as they lie on the disk. */
export async function installedSize(folder: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  const pending = [folder]
  for (const place of pending) {
    const real = await realpath(place)
    const { name, dependencies = {} } = JSON.parse(await readFile(join(real, 'package.json'), 'utf8'))
    if (sizes.has(name)) continue
    sizes.set(name, await bytesIn(real))
    // What stands beside the package wins, as Node has it; its own dependencies are links in a packed app.
    for (const dependency of Object.keys(dependencies)) pending.push(nearest(dependency, real))
  }
  return sizes
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !nested(entry.parentPath.slice(folder.length)))
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

const nested = (path: string) => path.includes('/node_modules')

function nearest(name: string, from: string): string {
  const place = join(from, 'node_modules', name)
  if (existsSync(place)) return place
  if (dirname(from) === from) throw new Error(`${name} is not installed`)
  return nearest(name, dirname(from))
}
