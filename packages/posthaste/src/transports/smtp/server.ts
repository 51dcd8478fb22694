import type { Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import type SMTPTransport from 'nodemailer/lib/smtp-transport'
import type { SMTPTransportAuth } from 'nodemailer/lib/smtp-transport'
import { callApp } from '../../app-call.ts'
import { errorText, peek } from '../../foreign.ts'
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
    ...guardedAuth(given),
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

/** How long the app may take to have a token. Milliseconds. */
const tokenTimeout = 60_000

// It is called in a socket's handler: what it throws there would end the process.
function guardedAuth({ auth }: SmtpOptions): Pick<SmtpOptions, 'auth'> {
  const provision: unknown = peek(auth, 'provisionCallback')
  if (typeof provision !== 'function') return {}
  const provisionCallback = (user: string, renew: boolean, done: (...answer: unknown[]) => void) => {
    const late = setTimeout(() => finish(new Error('provisionCallback gave no token in time')), tokenTimeout)
    let finished = false
    const finish = (...answer: unknown[]) => {
      clearTimeout(late)
      if (!finished) done(...answer)
      finished = true
    }
    callApp(
      () => provision(user, renew, finish),
      (error) => finish(new Error(errorText(error))),
    )
  }
  return { auth: { ...auth, provisionCallback } as NonNullable<SmtpOptions['auth']> }
}

type GetSocket = SMTPTransport['getSocket']

function socketOf(getSocket: GetSocket, options: ServerOptions): Promise<{ connection?: Socket } | false> {
  return new Promise((resolve, reject) => {
    getSocket({ ...options, connectStartedAt: Date.now() } as SMTPTransport.Options, (error, socket) => {
      if (error) reject(error)
      else resolve((socket as { connection?: Socket } | false | undefined) ?? false)
    })
  })
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

// Whatever goes wrong reaches the mail that it concerns; an error event that nobody hears would end the process.
function ignore(): void {}
