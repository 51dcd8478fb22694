import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { domainKey } from '../../mail/address-key.ts'
import { domainOf } from '../../mail/addresses.ts'
import { Deadline } from './deadline.ts'
import { exposureOf } from './exposure.ts'
import type { Server } from './server.ts'

/** One logged-in SMTP connection. */
export interface Connection {
  readonly smtp: SMTPConnection
  /** Host, address and port that answered. */
  readonly remote: string
  /** Protocol and cipher; absent when the line is plain. */
  readonly tls?: string
  sent: number
  /** Monotonic milliseconds. */
  idleSince: number
}

/** Connects, greets, encrypts and logs in; rejects with Nodemailer's error, nothing left open. */
export async function connect(
  server: Server,
  signal: AbortSignal,
  sender?: string | false,
): Promise<Connection> {
  const socket = await server.socket()
  const smtp = new SMTPConnection({ ...server.options, ...greeting(server.options.name, sender), ...socket })
  boundReplies(smtp)
  try {
    await handshake(smtp, server, signal)
  } catch (error) {
    smtp.close()
    throw error
  }
  smtp.on('error', ignore)
  return { smtp, ...line(smtp), sent: 0, idleSince: 0 }
}

/** The name in EHLO: a relay may refuse the `[127.0.0.1]` of a container, whose host name has no dot; its sender's domain it knows. */
function greeting(name: string | undefined, sender: string | false | undefined): { name?: string } {
  if (name || hostname().includes('.') || !sender) return {}
  const domain = domainKey(domainOf(sender)) ?? ''
  return domain.includes('.') ? { name: domain } : {}
}

/** Says goodbye without waiting for the answer. */
export function quit({ smtp }: Connection): void {
  if (!smtp.destroyed) smtp.quit()
  smtp.close()
}

/** With nothing left that the server has said: it would be taken for its answer to the next mail. */
export function isUsable({ smtp }: Connection): boolean {
  return !smtp.destroyed && socketOf(smtp)?.writable === true && !hasUnread(smtp)
}

function hasUnread(smtp: SMTPConnection): boolean {
  const { _responseQueue: replies, _remainder: rest } = hearingOf(smtp)
  return replies.length > 0 || rest.length > 0
}

/** What Nodemailer's types leave out. */
interface Hearing {
  readonly _responseQueue: readonly string[]
  readonly _remainder: string
  _onData(chunk: Buffer): void
  _onResponseTooLarge(): void
}

const hearingOf = (smtp: SMTPConnection) => smtp as unknown as Hearing

/** More than any mail has recipients. */
const mostReplies = 20_000

/** Ends a connection whose server says more than that at once: a million empty lines would keep the processor busy for minutes. */
function boundReplies(smtp: SMTPConnection): void {
  const hearing = hearingOf(smtp)
  const hear = hearing._onData.bind(smtp)
  hearing._onData = (chunk) => {
    hear(chunk)
    if (hearing._responseQueue.length > mostReplies) hearing._onResponseTooLarge()
  }
}

export function socketOf(smtp: SMTPConnection): Socket | undefined {
  return smtp._socket || undefined
}

function handshake(smtp: SMTPConnection, server: Server, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => done(signal.reason)
    const done = (error?: unknown) => {
      deadline.end()
      signal.removeEventListener('abort', abort)
      if (error) reject(error)
      else resolve()
    }
    const deadline = new Deadline(done)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    deadline.begin({ ms: server.options.conversationTimeout, what: 'Connecting and logging in' })
    smtp.on('error', done)
    smtp.connect((error) => {
      const exposed = error ? undefined : exposureOf(smtp, server.options)
      if (exposed) return done(exposed)
      const auth = server.auth()
      if (error || !auth || !(smtp.allowsAuth || server.options.forceAuth)) return done(error)
      smtp.login(auth, (refused) => done(refused))
    })
  })
}

function line(smtp: SMTPConnection): Pick<Connection, 'remote' | 'tls'> {
  const socket = socketOf(smtp)
  const remote = `${smtp.host}:${smtp.port}${socket?.remoteAddress ? ` [${socket.remoteAddress}]` : ''}`
  return socket instanceof TLSSocket
    ? { remote, tls: `${socket.getProtocol()} ${socket.getCipher().name}` }
    : { remote }
}

// A connection that breaks in use tells its sender; one that breaks while idle is found dead when it is taken.
function ignore(): void {}
