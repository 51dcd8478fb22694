import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const fromSource = fileURLToPath(new URL('bin', import.meta.url))

/** Runs the commands of a page as they stand. `npx posthaste` is the command line from its sources. */
export async function runShell(
  commands: string,
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const programs = await mkdtemp(join(tmpdir(), 'posthaste-npx-'))
  try {
    await writeFile(join(programs, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
    const PATH = [programs, fromSource, dirname(process.execPath), process.env.PATH].join(delimiter)
    const options = { cwd, env: { PATH, NO_COLOR: '1', ...env } }
    const { stdout } = await promisify(execFile)('sh', ['-e', '-c', commands], options)
    return stdout
  } finally {
    await rm(programs, { recursive: true })
  }
}

/** @throws where the page says something else by now */
export function replaced(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((result, [old, by]) => {
    if (!result.includes(old)) throw new Error(`there is no ${old} in\n${text}`)
    return result.replaceAll(old, by)
  }, text)
}

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((place) => existsSync(join(place, program)))
}
