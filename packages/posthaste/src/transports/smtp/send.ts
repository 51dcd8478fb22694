import type { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import type {
  SMTPConnectionEnvelope,
  SMTPConnectionSendInfo,
  SMTPEnvelope,
} from 'nodemailer/lib/smtp-connection'
import { Body } from '../body.ts'
import type { Dispatch } from '../transport.ts'
import { type Connection, socketOf } from './connection.ts'
import type { ServerOptions } from './server.ts'
import { WholeBody } from './whole-body.ts'

/** What came of one mail on one connection. */
export interface Sent {
  /** Absent when the server took the mail. */
  readonly error?: unknown
  readonly info?: SMTPConnectionSendInfo
  readonly refusals: readonly unknown[]
  /** `mayBegin` was asked. */
  readonly asked: boolean
  /** `mayBegin` said no. */
  readonly refused: boolean
  readonly handedOver: boolean
}

export interface Sending {
  readonly content: Buffer | Readable
  readonly options: ServerOptions
  readonly signal: AbortSignal
}

/** Speaks one mail over a connection. When the signal aborts, the connection is closed where it is. */
export function send(
  connection: Connection,
  dispatch: Dispatch,
  { content, options, signal }: Sending,
): Promise<Sent> {
  const { smtp } = connection
  const envelope = smtpEnvelope(dispatch, content)
  const mayBegin = () => dispatch.mayBegin()
  const body = Buffer.isBuffer(content) ? new WholeBody(content, mayBegin) : new Body(content, mayBegin)
  const patience = waitLongerForLastReply(connection, body, options)
  return new Promise((resolve) => {
    const settle = (error: unknown, info?: SMTPConnectionSendInfo) => {
      clearTimeout(talk)
      signal.removeEventListener('abort', abort)
      const { asked, refused } = body.permission
      patience.end()
      const { rejectedErrors = [] } = envelope as Partial<SMTPConnectionEnvelope>
      resolve({
        ...(error ? { error } : info && { info }),
        refusals: rejectedErrors,
        asked,
        refused,
        handedOver: body.handedOver,
      })
      if (error) body.destroy()
    }
    const abort = () => {
      settle(signal.reason)
      smtp.close()
    }
    const talk = setTimeout(() => {
      if (body.permission.asked) return
      settle(Object.assign(new Error('The server took too long over the envelope'), { code: 'ETIMEDOUT' }))
      smtp.close()
    }, longestEnvelope)
    body.on('error', ignore)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    // Of a stream, nothing is used but what a whole body has.
    smtp.send(envelope, body as Body, settle)
  })
}

/** Each byte of a slow reply renews the socket's timeout: the conversation has one of its own until the body is asked for. Milliseconds. */
const longestEnvelope = 300_000

// The connection writes its bookkeeping into the envelope: accepted, rejected, rejectedErrors.
function smtpEnvelope({ envelope }: Dispatch, content: Buffer | Readable): SMTPEnvelope {
  const { from, to, dsn, use8BitMime, requireTLSExtensionEnabled } = envelope
  const size = Buffer.isBuffer(content) ? content.length : envelope.size
  return {
    from,
    to: [...to],
    ...(size && { size }),
    ...(dsn && { dsn: dsn as NonNullable<SMTPEnvelope['dsn']> }),
    ...(use8BitMime && { use8BitMime }),
    ...(requireTLSExtensionEnabled && { requireTLSExtensionEnabled }),
  }
}

// RFC 5321 §4.5.3.2.6: a server may think for ten minutes about the final dot. Hanging up earlier makes second copies.
function waitLongerForLastReply(
  { smtp }: Connection,
  body: EventEmitter,
  { socketTimeout, finalReplyTimeout }: ServerOptions,
) {
  let longer = false
  body.once('end', () => {
    longer = true
    socketOf(smtp)?.setTimeout(finalReplyTimeout)
  })
  return {
    end: () => {
      if (longer && !smtp.destroyed) socketOf(smtp)?.setTimeout(socketTimeout)
    },
  }
}

function ignore(): void {}
