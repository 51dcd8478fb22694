import { garbage } from '../garbage/values.ts'
import type { Dice } from './dice.ts'
import { anyCode, anyText } from './texts.ts'

/** What never settles is the function's own way, of which there may be few. */
const plain = Object.keys(garbage).filter((name) => !name.includes('never settles'))

/** What a transport or a transporter may return, resolve with, throw or reject with. */
export function anyValue(dice: Dice, to: readonly string[]): unknown {
  const kind = dice.roll()
  if (kind < 0.25) return anyGarbage(dice)
  if (kind < 0.6) return outcomeLike(dice, to)
  return kind < 0.85 ? errorLike(dice, to) : answerLike(dice)
}

function anyGarbage(dice: Dice): unknown {
  return garbage[dice.pick(plain)]?.()
}

const types = ['answered', 'answered', 'answered', 'fault', 'aborted', 'unsent', 'unknown']
const verdicts = ['accepted', 'deferred', 'rejected', 'unknown']
const scopes = ['recipient', 'mail', 'sender', 'transport', 'unknown']
const faults = ['connection', 'tls', 'authentication', 'account', 'worker', 'throttled', 'configuration']

/** An outcome as `Transport` asks for, here and there with something else in its place. */
function outcomeLike(dice: Dice, to: readonly string[]): unknown {
  const may = (value: () => unknown) => (dice.chance(0.12) ? anyGarbage(dice) : value())
  const wait = () => dice.pick([0, 1, -1, 1_000, 60_000, 1e15, Number.NaN, '5', 1.5])
  const reply = () => ({ code: may(() => anyCode(dice)), enhanced: may(() => '5.7.1'), text: anyText(dice) })
  const recipient = (address: string) => ({
    address: may(() => address),
    verdict: may(() => dice.pick(verdicts)),
    scope: may(() => dice.pick(scopes)),
    proven: may(() => dice.chance(0.5)),
    reply: may(reply),
    ...(dice.chance(0.2) && { retryAfter: may(wait) }),
  })
  const fault = () => ({
    kind: may(() => dice.pick(faults)),
    scope: may(() => dice.pick(scopes)),
    message: may(() => anyText(dice)),
    reply: may(reply),
    ...(dice.chance(0.2) && { retryAfter: may(wait) }),
  })
  return may(() => ({
    type: may(() => dice.pick(types)),
    recipients: may(() => [...to, ...(dice.chance(0.1) ? ['somebody@else.example'] : [])].map(recipient)),
    ...(dice.chance(0.3) && { fault: may(fault) }),
    ...(dice.chance(0.3) && { reply: may(reply), serverMessageId: may(() => anyText(dice)) }),
    ...(dice.chance(0.1) && { remote: may(() => anyText(dice)), retryAfter: may(wait) }),
  }))
}

const errorCodes = [
  'ECONNECTION',
  'ETIMEDOUT',
  'EAUTH',
  'EENVELOPE',
  'EMESSAGE',
  'ESOCKET',
  'ETLS',
  'EDNS',
  'E',
  '',
]
const commands = ['CONN', 'EHLO', 'AUTH PLAIN', 'MAIL FROM', 'RCPT TO', 'DATA', 'API', '']

/** An error as Nodemailer, an SDK or the system has them. */
function errorLike(dice: Dice, to: readonly string[]): unknown {
  const response = anyText(dice)
  const error = Object.assign(new Error(anyText(dice)), {
    code: dice.pick(errorCodes),
    command: dice.pick(commands),
    response,
    responseCode: dice.chance(0.8) ? anyCode(dice) : anyGarbage(dice),
  })
  if (dice.chance(0.3))
    Object.assign(error, { rejected: to, rejectedErrors: to.map(() => refusal(dice, to)) })
  if (dice.chance(0.3))
    Object.assign(error, { statusCode: anyCode(dice), headers: { 'retry-after': response } })
  if (dice.chance(0.2)) Object.assign(error, { cause: anyGarbage(dice), errors: anyGarbage(dice) })
  return error
}

function refusal(dice: Dice, to: readonly string[]): Error {
  const parts = { recipient: dice.pick(to), response: anyText(dice), responseCode: anyCode(dice) }
  return Object.assign(new Error('refused'), parts)
}

/** What an API's library resolves with. */
function answerLike(dice: Dice): unknown {
  const status = dice.pick([200, 201, 202, 204, 301, 400, 401, 403, 404, 413, 422, 429, 500, 503])
  const body = dice.pick(['', '{}', '<html>', '{"error":', JSON.stringify({ message: 'x'.repeat(10) })])
  return dice.pick<() => unknown>([
    () => new Response(status === 204 ? null : body, { status: status === 301 ? 302 : status }),
    () => [{ statusCode: status, headers: { 'retry-after': anyText(dice) }, body }, ''],
    () => ({ data: null, error: { statusCode: status, name: anyText(dice), message: anyText(dice) } }),
    () => ({ accepted: anyGarbage(dice), rejected: anyGarbage(dice), response: anyText(dice) }),
    () => ({ messageId: anyText(dice), response: anyText(dice) }),
    () => ({ status, message: anyText(dice), id: anyGarbage(dice) }),
  ])()
}
