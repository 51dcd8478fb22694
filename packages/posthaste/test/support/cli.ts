import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { run } from '../../src/cli/cli.ts'
import { until } from './wait.ts'

const bin = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url))

/** The source of the package, for the configurations that tests write. */
export const packageUrl = new URL('../../src/index.ts', import.meta.url).href

export interface CallOptions {
  readonly cwd?: string
  /** The whole environment of the call, but for PATH. */
  readonly env?: Record<string, string | undefined>
  readonly stdin?: string | Buffer
}

export interface Ended {
  /** Null where a signal killed it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the real command line from its source, and waits for its end. */
export function posthaste(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
  return startPosthaste(args, options).ended
}

/** Runs it with --json, in this process, and gives what it printed. */
export async function posthasteJson(args: readonly string[], options: CallOptions = {}) {
  const { code, stdout, stderr } = await callHere([...args, '--json'], options)
  if (stdout === '')
    throw new Error(`posthaste ${args.join(' ')} printed nothing and gave ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  /** Waits until it has said this, on either stream. */
  says(text: string | RegExp): Promise<RegExpMatchArray>
}

export function startPosthaste(
  args: readonly string[],
  { cwd = tmpdir(), env = {}, stdin = '' }: CallOptions = {},
): Running {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { PATH: process.env.PATH, ...env } })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...said }))
  })
  return {
    child,
    ended,
    says: (text) =>
      until(() => `${said.stdout}${said.stderr}`.match(text), {
        what: `the command line says ${text}, and not ${JSON.stringify(said)}`,
        timeout: 20_000,
      }) as Promise<RegExpMatchArray>,
  }
}

/** Runs it in this process, which is quicker: for calls that end by themselves and read no configuration file. */
export async function callHere(
  args: readonly string[],
  { env = {} }: Pick<CallOptions, 'env'> = {},
): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += text
      return true
    })
  for (const name of ['POSTHASTE_DATABASE_URL', 'DATABASE_URL', 'POSTHASTE_SMTP_URL'])
    vi.stubEnv(name, env[name])
  try {
    return { code: await run(args), ...said }
  } finally {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  }
}

/** An empty folder for a call to run in, removed by `remove`. */
export async function freshFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'posthaste-cli-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
