import { existsSync, statSync } from 'node:fs'
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
  const file = config === undefined ? found(process.cwd()) : existing(config)
  const queue = file === undefined ? await queueOfEnvironment() : await queueOfFile(file)
  return { queue, source: file ?? 'the environment' }
}

/** The nearest configuration file up to the project's own folder: what lies above it may be anybody's. */
function found(start: string): string | undefined {
  const project = foldersFrom(start).find((folder) => existsSync(join(folder, 'package.json'))) ?? start
  const file = configIn(foldersFrom(start).filter((folder) => folder.startsWith(project)))
  if (file !== undefined) requireOwn(file)
  return file
}

function configIn(folders: readonly string[]): string | undefined {
  return folders
    .flatMap((folder) => configNames.map((name) => join(folder, name)))
    .find((file) => existsSync(file))
}

/** This folder and all above it, the nearest first. */
function foldersFrom(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersFrom(above)]
}

/** A configuration is code that runs as us. Windows has no such modes. */
function requireOwn(file: string): void {
  if (process.platform === 'win32') return
  for (const path of [file, dirname(file)])
    if (statSync(path).mode & 0o002)
      throw new PosthasteError(
        'PH_CONFIG',
        `${path} may be written by everybody, so ${file} was not run: take that right away (chmod o-w), or name the file (--config)`,
      )
}

async function queueOfEnvironment(): Promise<MailQueue> {
  const database = process.env.POSTHASTE_DATABASE_URL || process.env.DATABASE_URL
  if (!database)
    throw new PosthasteError(
      'PH_NO_DATABASE',
      `there is no posthaste.config.* ${lookedIn()}, and neither POSTHASTE_DATABASE_URL nor DATABASE_URL is set`,
    )
  const smtp = process.env.POSTHASTE_SMTP_URL
  // Loaded now: a configuration brings its own copy, and --help needs none.
  const { createMailQueue } = await import('../queue/create-mail-queue.ts')
  return createMailQueue({ database, ...(smtp ? { transports: { default: smtp } } : {}) })
}

function lookedIn(): string {
  const above = configIn(foldersFrom(process.cwd()))
  return above === undefined
    ? 'here or in the project above'
    : `in this project (${above} lies above it: name it with --config)`
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
