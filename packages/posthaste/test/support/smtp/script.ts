import type { SmtpSession } from './session.ts'

/** `body`: a piece of the message has come; `dot`: the whole of it has. The rest are the client's commands. */
export type SmtpStep =
  | 'greeting'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'body'
  | 'dot'
  | 'RSET'
  | 'NOOP'
  | 'QUIT'

export interface SmtpCommand {
  step: SmtpStep
  /** The client's line as it came. */
  line: string
  /** What stands between the angle brackets of MAIL and RCPT. */
  address: string
}

/** `close` ends the connection with FIN, `reset` with RST, `hang` reads and says nothing any more. */
export type SmtpFate = 'close' | 'reset' | 'hang'

/** Without `reply` nothing is said. */
export type SmtpAnswer = string | { reply?: string; and: SmtpFate }

/** What to answer at a step: undefined is the ordinary reply, a promise delays it. */
export type SmtpScript = (
  command: SmtpCommand,
  session: SmtpSession,
) => SmtpAnswer | undefined | Promise<SmtpAnswer | undefined>

export function commandOf(line: string): SmtpCommand {
  const step = (line.match(/^[a-z]+/i)?.[0] ?? '').toUpperCase() as SmtpStep
  return { step, line, address: line.match(/<(.*?)>/)?.[1] ?? '' }
}
