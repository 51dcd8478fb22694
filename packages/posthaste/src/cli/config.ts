import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PosthasteError } from '../errors.ts'
import { isMailQueue } from '../queue/is-mail-queue.ts'
import type { MailQueue } from '../queue/mail-queue.ts'
import { UsageError } from './report.ts'

export interface ConfigOptions {
  /** Else it is looked for, from here upwards. */
  readonly config?: string | undefined
  readonly envFile?: string | undefined
}

export interface Loaded {
  readonly queue: MailQueue
  /** Where the configuration came from, in words. */
  readonly source: string
}

export const configNames = ['ts', 'mts', 'js', 'mjs'].map((ending) => `posthaste.config.${ending}`)

/**
 * The queue of the project's configuration, else of the environment alone.
 *
 * @throws {PH_CONFIG} the file cannot be loaded, or exports no queue
 * @throws {PH_NO_DATABASE} there is no file, and the environment names no database
 */
export async function loadQueue({ config, envFile }: ConfigOptions): Promise<Loaded> {
  if (envFile !== undefined) loadEnvFile(envFile)
  const file = config === undefined ? findConfig(process.cwd()) : existing(config)
  const queue = file === undefined ? await queueOfEnvironment() : await queueOfFile(file)
  return { queue, source: file ?? 'the environment' }
}

/** The nearest configuration file, in this folder or above it. */
function findConfig(folder: string): string | undefined {
  const found = configNames.map((name) => join(folder, name)).find((file) => existsSync(file))
  if (found !== undefined || dirname(folder) === folder) return found
  return findConfig(dirname(folder))
}

async function queueOfEnvironment(): Promise<MailQueue> {
  const database = process.env.POSTHASTE_DATABASE_URL || process.env.DATABASE_URL
  if (!database)
    throw new PosthasteError(
      'PH_NO_DATABASE',
      'there is no posthaste.config.* here or above, and neither POSTHASTE_DATABASE_URL nor DATABASE_URL is set',
    )
  const smtp = process.env.POSTHASTE_SMTP_URL
  // Loaded now: a configuration brings its own copy, and --help needs none.
  const { createMailQueue } = await import('../queue/create-mail-queue.ts')
  return createMailQueue({ database, ...(smtp ? { transports: { default: smtp } } : {}) })
}

async function queueOfFile(file: string): Promise<MailQueue> {
  const module = await importFile(file)
  const candidates = [module.default, module.mail, memberOf(module.default, 'mail')]
  const queue = candidates.find(isMailQueue)
  if (!queue)
    throw new PosthasteError(
      'PH_CONFIG',
      `${file} exports no mail queue: export what createMailQueue() gives as default, or as \`mail\``,
    )
  const smtp = process.env.POSTHASTE_SMTP_URL
  if (smtp) queue.transports.addDefault(smtp)
  return queue
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (cause) {
    const hint = /\.m?ts$/.test(file)
      ? ' (Node reads TypeScript by stripping types: imports carry their file ending, and there is no enum)'
      : ''
    throw new PosthasteError('PH_CONFIG', `${file} cannot be loaded: ${reason(cause)}${hint}`, { cause })
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function existing(config: string): string {
  const file = resolve(config)
  if (!existsSync(file)) throw new UsageError(`there is no file ${file} (--config)`)
  return file
}

function loadEnvFile(file: string): void {
  try {
    process.loadEnvFile(file)
  } catch (error) {
    throw new UsageError(`${file} cannot be read (--env-file): ${reason(error)}`)
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
