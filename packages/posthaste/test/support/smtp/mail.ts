import PostalMime, { type Email } from 'postal-mime'
import type { SmtpSession } from './session.ts'

/** A mail whose final dot has come, and which was not refused then. */
export interface ReceivedMail {
  /** The number of its connection. */
  session: number
  from: string
  to: string[]
  /** The MAIL and RCPT lines, with their parameters. */
  envelope: string[]
  user: string | undefined
  secure: boolean
  raw: Buffer
  parsed(): Promise<Email>
}

export function receivedMail(
  { number, from = '', to, envelope, user, secure }: SmtpSession,
  raw: Buffer,
): ReceivedMail {
  return {
    session: number,
    from,
    to: [...to],
    envelope: [...envelope],
    user,
    secure,
    raw,
    parsed: () => PostalMime.parse(raw),
  }
}
