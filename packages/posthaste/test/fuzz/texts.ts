import type { Dice } from './dice.ts'

const words = [
  ...['', ' ', 'OK', 'no', '\0', 'a\r\nb', '\ud800', '\u202e', '{', '<html>', '[object Object]', 'undefined'],
  ...['user unknown', 'try again in 5 minutes', 'retry after 99999 days', 'rate limit', 'quota exceeded'],
  ...['invalid api key', 'message too large', 'spam', 'mailbox full', 'sender rejected', 'queued as 4711'],
]
const codes = ['5.1.1', '5.7.1', '4.2.1', '5.6.0', '5.1.8', '9.9.9', '5.1', '5.999999999999.1', '']

/** What a regular expression that looks back may choke on. */
const repeated = [
  'a',
  ' ',
  'a@',
  '<',
  '1',
  '5.1.1 ',
  'try again in ',
  '550 ',
  '\r\n',
  '. ',
  '("',
  'é',
  '\u{1f600}',
]

/** A reply's text, or anything else that a server or a library may say. */
export function anyText(dice: Dice): string {
  if (dice.chance(0.1)) return dice.pick(repeated).repeat(dice.pick([10, 1_000, 100_000]))
  if (dice.chance(0.1)) return Buffer.from(anyBytes(dice, 200)).toString('latin1')
  const code = dice.chance(0.7) ? `${anyCode(dice)}${dice.pick([' ', '-', '', '  '])}` : ''
  return `${code}${dice.pick(codes)} ${dice.pick(words)}`
}

export function anyCode(dice: Dice): number {
  return dice.pick([
    200, 220, 221, 235, 250, 251, 354, 421, 429, 450, 451, 452, 454, 500, 503, 550, 552, 554, 999, 7,
  ])
}

export function anyBytes(dice: Dice, longest: number): Uint8Array {
  return Uint8Array.from({ length: dice.below(longest) }, () => dice.below(256))
}
