import { execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A running server: `url` names its administrator and no database of its own. */
export interface DatabaseServer {
  url: string
  stop(): Promise<void>
  /** Ends it at once, without goodbye, and starts it again where it was; absent where it is not ours. */
  restart?(): Promise<void>
}

/** How to make one: initialise `dir`, then run `command` in the foreground. */
export interface Recipe {
  name: string
  /** The folder to make its own in. @default the system's for temporary files */
  under?: string | undefined
  /** The signal that ends it at once. */
  endsBy: 'QUIT' | 'KILL'
  prepare(dir: string, run: Run): Promise<void>
  command(dir: string, port: number): string[]
  url(port: number): string
  ping(url: string): Promise<unknown>
}

/** Survives the death of its server; where its files lie. */
export interface ServerOptions {
  durable?: boolean
  under?: string | undefined
}

/** Runs a program as the user that owns the server's files. */
export type Run = (file: string, ...args: string[]) => Promise<unknown>

/** Both servers refuse to run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/**
 * The shell is the server's parent and the reader of our pipe: each line that we write starts the server afresh; when we end the pipe, or die of
 * whatever cause, it kills the server and removes its files.
 */
const keeper = `
  dir=$1 signal=$2; shift 2
  "$@" & server=$!
  while read -r again; do
    kill -$signal $server; wait $server
    "$@" & server=$!
  done
  while kill -$signal $server 2>/dev/null; do sleep 0.05; done
  cd /; rm -rf "$dir"`

export async function startServer(recipe: Recipe): Promise<DatabaseServer> {
  const dir = await mkdtemp(join(recipe.under ?? tmpdir(), `posthaste-${recipe.name}-`))
  if (nobody.uid) await chown(dir, nobody.uid, nobody.gid)
  try {
    await recipe.prepare(dir, (file, ...args) => promisify(execFile)(file, args, { cwd: dir, ...nobody }))
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
  return launch(recipe, dir)
}

async function launch(recipe: Recipe, dir: string): Promise<DatabaseServer> {
  const port = await freePort()
  const log = await open(join(dir, 'log'), 'a')
  const args = ['-c', keeper, 'keeper', dir, recipe.endsBy, ...recipe.command(dir, port)]
  const shell = spawn('sh', args, { cwd: dir, detached: true, stdio: ['pipe', log.fd, log.fd], ...nobody })
  const ended = new Promise<void>((resolve) => shell.once('close', () => resolve()))
  await log.close()
  const stop = () => {
    shell.stdin?.end()
    return ended
  }
  try {
    await answering(recipe, recipe.url(port))
  } catch (error) {
    const said = await readFile(join(dir, 'log'), 'utf8')
    await stop()
    throw new Error(`${recipe.name} did not start: ${said.slice(-2000)}`, { cause: error })
  }
  const restart = async () => {
    shell.stdin?.write('again\n')
    // The old one may answer for a moment more.
    await sleep(300)
    await answering(recipe, recipe.url(port))
  }
  return { url: recipe.url(port), stop, restart }
}

async function answering(recipe: Recipe, url: string): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      await recipe.ping(url)
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(50)
    }
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
