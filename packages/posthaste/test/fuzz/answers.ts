import type { SmtpStep } from '../support/smtp/script.ts'
import type { Dice } from './dice.ts'
import { anyBytes, anyCode, anyText } from './texts.ts'

/** What a server says at a step, and what it does then; whoever is silent reads on. */
export interface Answer {
  readonly bytes: Uint8Array
  readonly fate: 'go on' | 'close' | 'reset' | 'silence'
}

const replies: Partial<Record<SmtpStep, string>> = {
  greeting: '220 localhost ESMTP',
  EHLO: '250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES',
  DATA: '354 End data with a dot',
  QUIT: '221 2.0.0 Bye',
}

export function ordinary(step: SmtpStep, line: string): Answer {
  if (!known.includes(step)) return saying(`500 5.5.2 not known: ${line.slice(0, 20)}\r\n`)
  return saying(`${replies[step] ?? '250 2.0.0 Ok'}\r\n`)
}

const known = ['greeting', 'EHLO', 'HELO', 'MAIL', 'RCPT', 'DATA', 'dot', 'RSET', 'NOOP', 'QUIT']

/** Where others share the server, what it says is over when the next mail begins, and nobody waits long for its last word. */
export function anyAnswer(dice: Dice, step: SmtpStep, shared: boolean): Answer {
  const answer = oneOf(dice, shared)
  const waits = answer.fate === 'silence' || (answer.fate === 'go on' && answer.bytes.at(-1) !== lineFeed)
  return shared && step === 'dot' && waits ? { ...answer, fate: 'close' } : answer
}

const lineFeed = 10

function oneOf(dice: Dice, shared: boolean): Answer {
  const [often, long] = shared ? [5, 30_000] : [20_000, 3_000_000]
  const end = dice.pick(['\r\n', '\r\n', '\n', '\r', '', '\r\n\r\n'])
  const reply = `${anyCode(dice)} ${anyText(dice)}`
  const ways: (() => Answer)[] = [
    () => saying(`${anyCode(dice)} 5.7.1 ${anyText(dice).replace(/[\r\n]/g, ' ')}\r\n`),
    () => saying(`${anyCode(dice)} no\r\n`),
    () => saying(reply + end),
    () => saying(many(`${reply}\r\n`, dice.pick([2, 3, often]))),
    () => saying(many(`${anyCode(dice)}-${anyText(dice)}\r\n`, dice.pick([1, 10, often])) + reply + end),
    () => saying('x'.repeat(dice.pick([600, 10_000, long])) + end),
    () => ({ bytes: anyBytes(dice, 4_000), fate: dice.pick(['go on', 'close']) }),
    () => ({ ...saying(reply.slice(0, dice.below(8))), fate: dice.pick(['close', 'reset']) }),
    () => ({ ...saying(dice.chance(0.5) ? reply : ''), fate: dice.pick(['close', 'reset']) }),
    () => ({ ...saying(dice.chance(0.5) ? reply.slice(0, 5) : ''), fate: 'silence' }),
    // Who is told of a size of 1 by mistake is right to refuse all mail.
    () => (shared ? saying('250 2.0.0 Ok\r\n') : saying(capabilities(dice))),
  ]
  return dice.pick(ways)()
}

function capabilities(dice: Dice): string {
  const all = [
    'STARTTLS',
    'AUTH PLAIN LOGIN',
    'SIZE 1',
    'SIZE -1',
    'SMTPUTF8',
    'DSN',
    'CHUNKING',
    anyText(dice),
  ]
  return `${all
    .filter(() => dice.chance(0.4))
    .map((name) => `250-${name}\r\n`)
    .join('')}250 ${dice.pick(all)}\r\n`
}

function many(text: string, times: number): string {
  return text.repeat(Math.min(times, Math.ceil(3_000_000 / text.length)))
}

function saying(text: string): Answer {
  return { bytes: Buffer.from(text, 'latin1'), fate: 'go on' }
}
