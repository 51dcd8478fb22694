import type { Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import type SMTPTransport from 'nodemailer/lib/smtp-transport'
import type { SMTPTransportAuth } from 'nodemailer/lib/smtp-transport'
import { guardedFunctions, socketOf } from './app-functions.ts'
import { type SmtpOptions, smtpDefaults } from './options.ts'

export type ServerOptions = SmtpOptions & { [Option in keyof typeof smtpDefaults]: number }

/** Where to connect and who we are there. Nodemailer's own transport reads URL, service, credentials, OAuth2 and proxy; it never sends. */
export interface Server {
  readonly options: ServerOptions
  auth(): SMTPTransportAuth | false | undefined
  /** A connected socket, where a proxy or the user's `getSocket` gives one. */
  socket(): Promise<{ connection?: Socket } | false>
}

export function smtpServer(given: SmtpOptions): Server {
  const transporter = createTransport({
    ...given,
    ...guardedFunctions(given),
    pool: false,
  } as SMTPTransport.Options)
  const transport = transporter.transporter as SMTPTransport
  transporter.on('error', ignore)
  const options = withDefaults(transport.options as SmtpOptions)
  Object.assign(transport.options, options)
  return {
    options,
    auth: () => transport.getAuth(),
    socket: () => socketOf(transporter.getSocket || transport.getSocket.bind(transport), options),
  }
}

function withDefaults(options: SmtpOptions): ServerOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const merged = { ...smtpDefaults, ...given } as ServerOptions
  return {
    ...merged,
    finalReplyTimeout: Math.max(
      merged.finalReplyTimeout,
      options.finalReplyTimeout ? 0 : merged.socketTimeout,
    ),
  }
}

// Whatever goes wrong reaches the mail that it concerns; an error event without a listener would end the process.
function ignore(): void {}
