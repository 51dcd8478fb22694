import type { SmtpOptions } from '../smtp.ts'
import { authenticate } from './authenticate.ts'
import { certificate } from './certificate.ts'
import type { ReceivedMail } from './mail.ts'
import { receivedMail } from './mail.ts'
import { ordinaryReply } from './ordinary-reply.ts'
import { commandOf, type SmtpAnswer, type SmtpCommand } from './script.ts'
import type { Wire } from './wire.ts'

/** What the server knows of one connection. */
export interface SmtpSession {
  /** Counts connections from 1. */
  number: number
  commands: string[]
  /** Set while a mail is under way. */
  from: string | undefined
  to: string[]
  /** The MAIL and RCPT lines of the mail under way, with their parameters. */
  envelope: string[]
  /** Bytes of the body under way. */
  bodyBytes: number
  /** The user who has logged in. */
  user: string | undefined
  secure: boolean
}

/** What a conversation needs. */
export interface Talk {
  wire: Wire
  session: SmtpSession
  options: SmtpOptions
  received(mail: ReceivedMail): void
  /** Bytes of a body that never reached its dot. */
  cutShort(bytes: number): void
}

export async function converse(talk: Talk): Promise<void> {
  if (!(await say(talk, command('greeting')))) return
  for (;;) {
    const line = await talk.wire.line()
    if (line === undefined) return
    talk.session.commands.push(line)
    if (!(await obey(talk, commandOf(line)))) return
  }
}

/** False when the conversation is over. */
async function obey(talk: Talk, given: SmtpCommand): Promise<boolean> {
  const reply = await say(talk, given)
  if (!reply) return false
  const { session, wire } = talk
  if (given.step === 'MAIL' && reply.startsWith('2')) begin(session, given)
  if (given.step === 'RCPT' && reply.startsWith('2')) session.to.push(given.address)
  if (given.step === 'RCPT' && reply.startsWith('2')) session.envelope.push(given.line)
  if (['RSET', 'EHLO', 'HELO'].includes(given.step)) forget(session)
  if (given.step === 'DATA' && reply.startsWith('3')) return readMail(talk)
  if (given.step === 'STARTTLS' && reply.startsWith('2')) secure(talk)
  if (given.step === 'QUIT') await wire.end('close')
  return given.step !== 'QUIT'
}

async function readMail(talk: Talk): Promise<boolean> {
  const { session, wire } = talk
  const raw = await wire.body(async (bytes) => {
    session.bodyBytes = bytes
    return (await scripted(talk, command('body'))) === undefined
  })
  if (!raw) talk.cutShort(session.bodyBytes)
  if (!raw) return false
  session.commands.push('.')
  const mail = receivedMail(session, raw)
  const reply = await say(talk, command('dot'), (said) => {
    if (!/^[45]/.test(said)) talk.received(mail)
  })
  forget(session)
  return reply !== undefined
}

/** Gives the reply that was sent; undefined when the connection has ended. `decided` is told before it is sent. */
async function say(
  talk: Talk,
  given: SmtpCommand,
  decided?: (reply: string) => void,
): Promise<string | undefined> {
  const answer = await talk.options.reply?.(given, talk.session)
  decided?.(textOf(answer ?? '250'))
  if (answer !== undefined) return perform(talk, answer)
  const reply = given.step === 'AUTH' ? await authenticate(talk, given.line) : ordinaryReply(talk, given)
  talk.wire.write(reply)
  return reply
}

async function scripted(talk: Talk, given: SmtpCommand): Promise<SmtpAnswer | undefined> {
  const answer = await talk.options.reply?.(given, talk.session)
  if (answer !== undefined)
    await perform(talk, typeof answer === 'string' ? { reply: answer, and: 'close' } : answer)
  return answer
}

async function perform(talk: Talk, answer: SmtpAnswer): Promise<string | undefined> {
  const reply = textOf(answer)
  if (reply) talk.wire.write(reply)
  if (typeof answer === 'string') return answer
  await talk.wire.end(answer.and)
  return undefined
}

function secure({ wire, session }: Talk): void {
  wire.startTls(certificate)
  session.secure = true
  forget(session)
}

function begin(session: SmtpSession, { address, line }: SmtpCommand): void {
  Object.assign(session, { from: address, to: [], envelope: [line], bodyBytes: 0 })
}

function forget(session: SmtpSession): void {
  Object.assign(session, { from: undefined, to: [], envelope: [], bodyBytes: 0 })
}

const textOf = (answer: SmtpAnswer) => (typeof answer === 'string' ? answer : (answer.reply ?? ''))

const command = (step: SmtpCommand['step']): SmtpCommand => ({ step, line: '', address: '' })
