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
import { Deadline } from './deadline.ts'
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
  /** We hung up, for it had taken too long. */
  readonly late: boolean
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
  let late = false
  return new Promise((resolve) => {
    const settle = (error: unknown, info?: SMTPConnectionSendInfo) => {
      deadline.end()
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
        late,
      })
      if (error) body.destroy()
    }
    const hangUp = (reason: unknown) => {
      settle(reason)
      smtp.close()
    }
    const abort = () => hangUp(signal.reason)
    const deadline = new Deadline((error) => {
      late = true
      hangUp(error)
    })
    const patience = waitLongerForLastReply(connection, body, { options, deadline })
    body.on('error', ignore)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    const ms = options.conversationTimeout + (dispatch.envelope.to.length - 1) * eachRecipient
    const written = () => socketOf(smtp)?.bytesWritten ?? 0
    deadline.begin({ ms, what: 'The conversation', written })
    // Of a stream, nothing is used but what a whole body has.
    smtp.send(envelope, body as Body, settle)
  })
}

/** What a server may take over one recipient more: it may look each of them up. Milliseconds. */
const eachRecipient = 2_000

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
  { options, deadline }: { options: ServerOptions; deadline: Deadline },
) {
  const { socketTimeout, finalReplyTimeout } = options
  let longer = false
  body.once('end', () => {
    longer = true
    socketOf(smtp)?.setTimeout(finalReplyTimeout)
    deadline.begin({ ms: finalReplyTimeout, what: 'The answer to the final dot' })
  })
  return {
    end: () => {
      if (longer && !smtp.destroyed) socketOf(smtp)?.setTimeout(socketTimeout)
    },
  }
}

function ignore(): void {}
