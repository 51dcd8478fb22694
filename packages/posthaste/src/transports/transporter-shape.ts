import type { DKIMKey } from 'nodemailer/lib/dkim'
import { peek } from '../foreign.ts'

/** What Posthaste needs of a Nodemailer transporter: versions 6 to 10, and whatever looks like one. */
export interface Transporter {
  sendMail(mail: Record<string, unknown>): Promise<unknown>
  use?(step: string, plugin: unknown): unknown
  verify?(): Promise<unknown>
  close?(): void
  on?(event: 'error', listener: () => void): unknown
  readonly options?: unknown
  /** The plugin that sends, such as Nodemailer's own SMTP. */
  readonly transporter?: unknown
}

/** The plugin that sends. */
interface Inner {
  readonly name?: unknown
  readonly supportsAbortSignal?: unknown
}

export function innerOf({ transporter }: Transporter): Inner {
  return typeof transporter === 'object' && transporter !== null ? transporter : {}
}

const readMime = new Set<unknown>(['SMTP', 'SMTP (pool)', 'Sendmail', 'SESTransport'])

/** What suits it, where the app says nothing: its compile plugins would be passed by with rendered MIME. */
export function contentOf(transporter: Transporter): 'mime' | 'structured' {
  const plugins =
    (transporter as { _userPlugins?: { compile?: readonly unknown[] } })._userPlugins?.compile ?? []
  return readMime.has(innerOf(transporter).name) && plugins.length === 0 ? 'mime' : 'structured'
}

/** Those that it signs with: where one cannot, Nodemailer sends unsigned and says nothing. */
export function dkimKeysOf(transporter: Transporter): DKIMKey[] {
  const { keys } = (transporter as { dkim?: { keys?: unknown } }).dkim || {}
  return Array.isArray(keys) ? keys : []
}

/**
 * Its DKIM without `cacheDir`, where it has one: in a file a killed worker would leave the mail, and a full disk would hold it up. As a mail's
 * own `dkim`, Nodemailer takes this instead, and holds the mail in memory while it signs.
 */
export function dkimInMemory(transporter: Transporter): { dkim?: object } {
  const { keys, options } = (transporter as { dkim?: { keys?: unknown; options?: object } }).dkim || {}
  return peek(options, 'cacheDir') ? { dkim: { ...options, keys, cacheDir: false } } : {}
}

/** What its own pool has. */
export function ownLimit({ options }: Transporter): number | undefined {
  const limit = (options as { maxConnections?: unknown } | undefined)?.maxConnections
  return typeof limit === 'number' && limit > 0 ? limit : undefined
}

export function speaksSmtp(transporter: Transporter): boolean {
  const { name } = innerOf(transporter)
  return name === 'SMTP' || name === 'SMTP (pool)'
}
