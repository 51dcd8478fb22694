import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Bench } from '../bench.ts'
import { counted } from '../support.ts'
import { type Peer, type Rates, Skipped } from './peer.ts'

const run = promisify(execFile)
const needs = 'import django, mailer; from django.db.backends.postgresql import base'

/** A Python that has django-mailer: the one of the environment, the one of the path, else one of our own for this run. */
export async function djangoMailer(): Promise<Peer[]> {
  const found = process.env.DJANGO_MAILER_PYTHON ?? 'python3'
  const { python, remove } = (await has(found))
    ? { python: found, remove: async () => {} }
    : await made(found)
  const asked =
    'import django, mailer; print(f"django-mailer {mailer.__version__} on Django {django.__version__}")'
  const { stdout } = await run(python, ['-c', asked])
  return [
    {
      name: `${stdout.trim()}, one process`,
      round: (bench) => round(bench, python),
      close: remove,
    },
  ]
}

async function has(python: string): Promise<boolean> {
  return run(python, ['-c', needs]).then(
    () => true,
    () => false,
  )
}

async function made(python: string) {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-django-mailer-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url))
  try {
    await run(python, ['-m', 'venv', folder])
    const pip = ['-m', 'pip', 'install', '-q', '--retries', '0', '-r', requirements]
    await run(join(folder, 'bin', 'python'), pip, { timeout: 120_000 })
  } catch (error) {
    await remove()
    const said = String((error as { stderr?: string }).stderr || error).trim()
    throw new Skipped(
      `no Python with django-mailer, and none could be made (${said.split('\n').at(-1)}); DJANGO_MAILER_PYTHON may name one`,
    )
  }
  return { python: join(folder, 'bin', 'python'), remove }
}

async function round({ sink, servers, mails }: Bench, python: string): Promise<Rates> {
  const script = fileURLToPath(new URL('django-mailer.py', import.meta.url))
  const url = await servers.fresh('postgres')
  const child = spawn(python, [script, url, String(sink.port)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('django-mailer ended')
    return value
  }
  const seconds = async (order: string) => {
    child.stdin.write(`${order}\n`)
    return Number(await line())
  }
  await line()
  const filled = mails / (await seconds(`fill ${mails}`))
  const before = await sink.count()
  const drained = mails / (await seconds('drain'))
  await counted(sink, before + mails)
  child.stdin.end()
  await once(child, 'exit')
  return { filled, drained }
}
