import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach } from 'vitest'
import { type CallOptions, type Ended, freshFolder, packageUrl, posthaste } from './cli.ts'

/** How a configuration begins, in each kind of module. */
export const esm = `import { createMailQueue } from '${packageUrl}'\n`
export const cjs = `const { createMailQueue } = require(${JSON.stringify(fileURLToPath(packageUrl))})\n`

interface UsedProject {
  /** Writes files by their names; what is no text is written as JSON. */
  project(files: Readonly<Record<string, string | object>>): Promise<void>
  /** Runs `posthaste status` there. */
  status(options?: CallOptions, ...args: string[]): Promise<Ended>
  /** The databases that calls have made, wherever in the project. */
  databases(): Promise<string[]>
  path(): string
}

/** A project of the test's own, in a fresh folder for each test. */
export function useProject(): UsedProject {
  let folder: Awaited<ReturnType<typeof freshFolder>>
  beforeEach(async () => {
    folder = await freshFolder()
  })
  afterEach(() => folder.remove())
  return {
    async project(files) {
      for (const [name, content] of Object.entries(files)) {
        const file = join(folder.path, name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
      }
    },
    status: (options = {}, ...args) => posthaste(['status', ...args], { cwd: folder.path, ...options }),
    async databases() {
      const files = await readdir(folder.path, { recursive: true })
      return files.filter((name) => name.endsWith('.db')).sort()
    },
    path: () => folder.path,
  }
}
