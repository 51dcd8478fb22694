import type { SmtpCommand } from './script.ts'
import type { Talk } from './session.ts'

/** What a healthy server says. */
export function ordinaryReply(talk: Talk, { step, line }: SmtpCommand): string {
  if (step === 'EHLO') return capabilities(talk)
  if (step === 'MAIL') return mailReply(talk, line)
  if (step === 'RCPT') return talk.session.from === undefined ? '503 5.5.1 MAIL first' : '250 2.1.5 Ok'
  if (step === 'DATA') return talk.session.to.length > 0 ? '354 End data with a dot' : '503 5.5.1 RCPT first'
  return fixed[step] ?? '500 5.5.2 Command not recognised'
}

const fixed: Record<string, string> = {
  greeting: '220 localhost ESMTP',
  HELO: '250 localhost',
  STARTTLS: '220 2.0.0 Go ahead',
  dot: '250 2.0.0 Ok: received',
  RSET: '250 2.0.0 Ok',
  NOOP: '250 2.0.0 Ok',
  QUIT: '221 2.0.0 Bye',
}

function capabilities({ options, wire, session }: Talk): string {
  const { extensions = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN'], maxSize = 64 * 2 ** 20 } = options
  const all = ['localhost', ...extensions, 'ENHANCEDSTATUSCODES', `SIZE ${maxSize}`]
  if (options.tls === 'starttls' && !wire.secure) all.push('STARTTLS')
  if (options.auth && !session.user) all.push('AUTH PLAIN LOGIN XOAUTH2')
  return all.map((item, index) => `250${index < all.length - 1 ? '-' : ' '}${item}`).join('\r\n')
}

function mailReply({ options, session }: Talk, line: string): string {
  const size = Number(line.match(/ SIZE=(\d+)/i)?.[1] ?? 0)
  if (options.auth && !session.user) return '530 5.7.0 Authentication required'
  if (size > (options.maxSize ?? Number.POSITIVE_INFINITY)) return '552 5.3.4 Message too big'
  return '250 2.1.0 Ok'
}
