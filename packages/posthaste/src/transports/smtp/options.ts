import type { DKIMOptions } from 'nodemailer/lib/dkim'
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport'
import type { Limit } from '../../limit.ts'

/**
 * An SMTP server and how to talk to it: every option of Nodemailer's SMTP transport (`url`, `service`, `host`, `port`, `secure`, `auth`
 * with OAuth2, `tls`, `requireTLS`, `name`, `lmtp`, `proxy`, `getSocket` …), and these.
 *
 * @example
 * import { createMailQueue } from 'posthaste'
 *
 * const main = { host: 'mail.example.com', port: 587, auth: { user: 'shop', pass: 'secret' }, maxConnections: 20 }
 * createMailQueue({ database: 'sqlite:mail.db', transports: { main } })
 */
export type SmtpOptions = Omit<SMTPTransportOptions, 'dkim' | 'connection' | 'socket'> & {
  /** How much each worker sends through it. @default no limit */
  limit?: Limit | undefined
  /** Taken as Nodemailer's; connections are always kept. @default true */
  pool?: boolean | undefined
  /**
   * A transport with a login sends on a line without TLS, too. Without this, only to this machine and, unless NODE_ENV is `production`, with a
   * warning to private addresses. @default false
   */
  allowInsecureAuth?: boolean | undefined
  /** Connections kept open at once; each carries one mail at a time. @default 10 */
  maxConnections?: number | undefined
  /** Mails sent over one connection before it is replaced; many servers allow about a hundred. @default 100 */
  maxMessages?: number | undefined
  /** Milliseconds after which an unused connection is closed. @default 30_000 */
  idleTimeout?: number | undefined
  /** Milliseconds to connect, log in excluded. @default 30_000 */
  connectionTimeout?: number | undefined
  /** Milliseconds to wait for the greeting. @default 30_000 */
  greetingTimeout?: number | undefined
  /** Milliseconds without a byte, while a command or the body is under way. @default 60_000 */
  socketTimeout?: number | undefined
  /**
   * Milliseconds for the whole conversation, however slowly the server answers: one to connect and log in, and one for each mail until its body is
   * handed over. A mail gets 2 s more for each further recipient and 1 s for each 10 KB. Cut, nothing was sent: it is tried again. @default 300_000
   */
  conversationTimeout?: number | undefined
  /**
   * Milliseconds for the answer to the final dot, all of it; cut, the outcome is unknown. Cut shorter, mail that the server accepted late is sent twice (RFC 5321
   * §4.5.3.2.6 asks for ten minutes). @default 600_000, or `socketTimeout` where that is longer
   */
  finalReplyTimeout?: number | undefined
  /**
   * Signs every mail at delivery; keys stay here and are never stored. Nothing is written to disk: a mail with more than 1 MB of content is read
   * twice instead. Nodemailer's `cacheDir` and `cacheTreshold` are taken and have no effect. @default none: mail is not signed here
   */
  dkim?: DKIMOptions | undefined
  /** URL of a proxy through which to connect. @default none */
  proxy?: string | undefined
}

export const smtpDefaults = {
  maxConnections: 10,
  maxMessages: 100,
  idleTimeout: 30_000,
  connectionTimeout: 30_000,
  greetingTimeout: 30_000,
  socketTimeout: 60_000,
  conversationTimeout: 300_000,
  finalReplyTimeout: 600_000,
} as const
