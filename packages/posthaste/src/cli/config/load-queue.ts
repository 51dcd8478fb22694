import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { PosthasteError } from '../../errors.ts'
import { errorText } from '../../foreign.ts'
import { chooseProject, projectFrom } from '../../project-folder.ts'
import { isMailQueue } from '../../queue/is-mail-queue.ts'
import type { MailQueue } from '../../queue/mail-queue.ts'
import { UsageError } from '../report.ts'
import { loadEnvFiles } from './env-files.ts'
import { configAbove, findConfig } from './find.ts'
import { importFile } from './import-file.ts'

export interface ConfigOptions {
  /** Else it is looked for, from here upwards. */
  readonly config?: string | undefined
  /** Read in place of the project's own. */
  readonly envFile?: string | undefined
  /** A module that is loaded before the configuration. */
  readonly import?: string | undefined
}

export interface Loaded {
  readonly queue: MailQueue
  /** Where the configuration came from, in words. */
  readonly source: string
}

/**
 * The queue of the project's configuration, else of the environment alone.
 *
 * @throws {PH_CONFIG_FILE} the file cannot be loaded, or exports no queue
 * @throws {PH_NO_DATABASE} there is no file, and the environment names no database
 */
export async function loadQueue({ config, envFile, import: loader }: ConfigOptions): Promise<Loaded> {
  if (envFile !== undefined) loadEnvFile(envFile)
  const file = config === undefined ? findConfig(process.cwd()) : existing(config)
  const project = projectFrom(file === undefined ? process.cwd() : dirname(file))
  if (project !== undefined) {
    chooseProject(project)
    if (envFile === undefined) loadEnvFiles(project)
  }
  const queue = file === undefined ? await queueOfEnvironment() : await queueOfFile(file, loader)
  return { queue, source: file ?? 'the environment' }
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
  const { createMailQueue } = await import('../../queue/create-mail-queue.ts')
  return createMailQueue({ database, ...(smtp ? { transports: { default: smtp } } : {}) })
}

function lookedIn(): string {
  const above = configAbove(process.cwd())
  return above === undefined
    ? 'here or in the project above'
    : `in this project (${above} lies above it: name it with --config)`
}

async function queueOfFile(file: string, loader: string | undefined): Promise<MailQueue> {
  const module = await importFile(file, loader)
  // What a compiler makes of `export default` for CommonJS is a member of the one export.
  const inner = ['default', 'mail'].map((name) => memberOf(module.default, name))
  const candidates = [module.default, module.mail, ...inner]
  const queue = candidates.find(isMailQueue)
  if (!queue) throw new PosthasteError('PH_CONFIG_FILE', `${file} exports no mail queue`)
  const smtp = process.env.POSTHASTE_SMTP_URL
  if (smtp) queue.transports.addDefault(smtp)
  return queue
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
    throw new UsageError(`${file} cannot be read (--env-file): ${errorText(error)}`)
  }
}
