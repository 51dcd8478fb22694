import { cleanText } from '../../foreign.ts'
import type { Circumstances, Faulted, Reply, TransportFault } from '../../outcome.ts'
import { type Facts, factsOf } from './facts.ts'
import { apiCodes } from './verdicts/api-codes.ts'
import { apiTexts } from './verdicts/api-texts.ts'
import { enhancedCodes } from './verdicts/enhanced-codes.ts'
import { localErrors, noAnswers } from './verdicts/no-answer.ts'
import { bySmtpClass, httpStatuses, replyCodes } from './verdicts/reply-codes.ts'
import { smtpTexts } from './verdicts/smtp-texts.ts'
import {
  type Judgement,
  later,
  loginRefused,
  perhapsThrottled,
  senderLater,
  senderRefused,
  throttled,
  unreachable,
} from './verdicts/verdict.ts'

/** What an error means for the mail and, where there is a `fault`, for the transport. */
export interface Meaning extends Omit<Judgement, 'fault'>, Pick<Circumstances, 'errorCode'> {
  readonly fault?: TransportFault
  readonly retryAfter?: number
  readonly reply: Reply
  /** The other side answered, so there is no doubt that it did not take the mail. */
  readonly answered: boolean
  /** The API says it itself, by a code of its own or in words that are known. */
  readonly saidBy?: 'code' | 'text'
  /** Without an answer: the request or the mail may have been with the other side. */
  readonly mayHaveLeft: boolean
}

/** Reads whose fault an error is, by the tables in `verdicts/`. What no row knows defers, and never rejects. */
export function classify(error: unknown): Meaning {
  return meaningOf(factsOf(error))
}

/** An error before any mail was spoken of, such as a greeting of 554: never the mail's fault, whatever the code. */
export function classifyConnecting(error: unknown): Faulted {
  const facts = factsOf(error)
  const { fault, reply, errorCode } = meaningOf({ ...facts, command: facts.command ?? 'CONN' })
  const own = fault ?? faultFrom({ ...unreachable, fault: 'connection' }, facts)
  return {
    type: 'fault',
    fault: { ...(own ?? noFault(reply)), scope: 'transport' },
    reply,
    ...(errorCode && { errorCode }),
  }
}

function noFault(reply: Reply): TransportFault {
  return { kind: 'connection', scope: 'transport', reply, message: reply.text }
}

function meaningOf(facts: Facts): Meaning {
  const { fault: _, ...judgement } = judge(facts)
  const fault = faultFrom(judge(facts), facts)
  const saidBy = whatSays(facts)
  return {
    ...judgement,
    ...(saidBy && { saidBy }),
    ...(fault && { fault }),
    ...(facts.retryAfter !== undefined && { retryAfter: facts.retryAfter }),
    reply: facts.reply,
    ...(facts.code && { errorCode: facts.code }),
    answered: facts.answered,
    mayHaveLeft: mayHaveLeft(facts),
  }
}

function faultFrom(
  { fault: kind, scope }: Judgement,
  { reply, retryAfter }: Facts,
): TransportFault | undefined {
  if (!kind) return undefined
  return {
    kind,
    scope,
    reply,
    message: cleanText(reply.text),
    ...(retryAfter !== undefined && { retryAfter }),
  }
}

function judge(facts: Facts): Judgement {
  if (facts.smtp) return judgeSmtp(facts)
  if (facts.http) return judgeApi(facts, facts.http)
  // Garbage, which is no reply of SMTP.
  if (facts.answered) return later
  return byCode(facts) ?? noAnswer(facts)?.meaning ?? byApiText(facts) ?? later
}

function judgeSmtp(facts: Facts): Judgement {
  const { smtp = 0, command = '', codes, reply } = facts
  if (codes.includes('ETLS')) return { ...unreachable, fault: 'tls' }
  if (codes.includes('EAUTH') || command.startsWith('AUTH')) return smtp < 500 ? throttled : loginRefused
  // Nodemailer says CONN of a 421 at any step, and a recipient may have been named.
  if (smtp === 421 && connecting.test(command)) return perhapsThrottled
  if (connecting.test(command)) return smtp < 500 ? throttled : (saidByText(facts) ?? unreachable)
  if (smtp < 400) return later
  const meaning = saidByEnhanced(facts) ?? saidByText(facts) ?? saidByReply(smtp)
  return command === 'MAIL FROM' ? ofSender(meaning, reply) : meaning
}

// At MAIL FROM only the sender has been named: a 5.1.x there speaks of it.
function ofSender(meaning: Judgement, { code = 0 }: Reply): Judgement {
  if (meaning.scope === 'recipient') return code < 500 ? senderLater : senderRefused
  return meaning.verdict === 'rejected' && meaning.scope === 'unknown' ? senderRefused : meaning
}

function saidByEnhanced({ smtp = 0, reply }: Facts): Judgement | undefined {
  const [digit, code] = [reply.enhanced?.slice(0, 1), reply.enhanced?.slice(2)]
  if (code === undefined || digit !== String(smtp).slice(0, 1)) return undefined
  const row = byEnhanced.get(code)
  return smtp < 500 ? row?.[1] : row?.[2]
}

function saidByText({ smtp = 0, reply }: Facts): Judgement | undefined {
  const digit = Math.floor(smtp / 100)
  return smtpTexts.find(
    ({ pattern, first = digit, code = smtp }) => first === digit && code === smtp && pattern.test(reply.text),
  )?.meaning
}

function saidByReply(smtp: number): Judgement {
  return byReply.get(smtp) ?? (smtp < 500 ? bySmtpClass[4] : bySmtpClass[5])
}

function judgeApi(facts: Facts, status: number): Judgement {
  const [code, text] = [byCode(facts), byApiText(facts)]
  const said = facts.codes.some((one) => severalMeanings.has(one)) ? (text ?? code) : (code ?? text)
  return said ?? byStatus.get(status) ?? later
}

function byCode({ codes }: Facts): Judgement | undefined {
  const known = codes.find((code) => apiCodes.has(code))
  return known === undefined ? undefined : apiCodes.get(known)
}

function byApiText({ reply }: Facts): Judgement | undefined {
  return apiTexts.find(({ pattern }) => pattern.test(reply.text))?.meaning
}

function whatSays(facts: Facts): Meaning['saidBy'] {
  if (facts.smtp || facts.command) return undefined
  if (byCode(facts) || facts.operationFailed) return 'code'
  return byApiText(facts) && 'text'
}

function noAnswer({ codes }: Facts) {
  return noAnswers.find((row) => codes.some((code) => row.codes.test(code)))
}

/** An answer, a connection that never stood, and an error of our own side say that nothing is there; nothing else does. */
function mayHaveLeft(facts: Facts): boolean {
  if (facts.answered || facts.neverStood || beforeBody.test(facts.command ?? '')) return false
  if (byCode(facts) || facts.operationFailed) return false
  return noAnswer(facts)?.stood ?? !facts.codes.some((code) => localErrors.test(code))
}

const beforeBody = /^(?:CONN|EHLO|LHLO|HELO|STARTTLS|AUTH.{0,40}|MAIL FROM|RCPT TO)$/
const connecting = /^(?:CONN|EHLO|LHLO|HELO|STARTTLS)$/
/** SES says of a sender that is not verified and of content alike that the message was rejected. */
const severalMeanings = new Set(['MessageRejected', 'AccessDeniedException'])
const byEnhanced = new Map(enhancedCodes.map(([code, ...row]) => [code, [code, ...row] as const]))
const byReply = new Map(replyCodes.map(([code, meaning]) => [code, meaning]))
const byStatus = new Map(httpStatuses.map(([status, meaning]) => [status, meaning]))
