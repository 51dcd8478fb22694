import type { Mail, StoredContent } from '../../src/index.ts'
import type { EnqueueOptions } from '../../src/options.ts'
import { letter } from '../support/line.ts'
import { type Dice, diceOf } from './dice.ts'
import { anyText } from './texts.ts'

/** A mail with its options, as `enqueueMany` takes it. */
export type Item = { mail: Mail } & EnqueueOptions

/** Which mail of which round it is; `stream` says who gets it. */
export interface Which {
  readonly seed: number
  readonly round: number
  readonly number: number
  readonly stream: string
}

const domains = ['example.com', 'example.net', 'a.example', 'b.example', 'c.example', 'mail.d.example']
const wickedSenders = ['wicked@shop.example', 'wicked@example.com', 'wicked@b.example']

/** Whoever misbehaves does so to these. */
export function isWicked(sender: unknown): boolean {
  return wickedSenders.includes(String(sender))
}

/** A mail that nobody fuzzes: it has one recipient, named by its number. */
export function goodItem({ seed, round, number, stream }: Which): Item {
  const dice = diceOf(seed, round, 'good', number)
  const to = `good-${round}-${number}@${dice.pick(domains)}`
  return { mail: letter(to, content(dice)), ...options(dice), stream }
}

/** A mail that is fuzzed: of one to three recipients. */
export function wickedItem({ seed, round, number, stream }: Which): Item {
  const dice = diceOf(seed, round, 'wicked', number)
  const to = Array.from(
    { length: 1 + dice.below(3) },
    (_, index) => `wicked-${round}-${number}-${index}@${dice.pick(domains)}`,
  )
  const mail = { ...letter('', content(dice)), from: dice.pick(wickedSenders), to }
  return { mail, ...options(dice), stream, onUnknown: dice.pick(['retry', 'hold']) }
}

/** A mail whose rows are edited: of all that has rows of its own. */
export function editedItem(which: Which, content: StoredContent): Item {
  const { mail, ...rest } = wickedItem(which)
  const attachments = [{ filename: 'a.txt', content }]
  const key = `edited-${which.round}-${which.number}`
  return { ...rest, mail: { ...mail, attachments }, idempotencyKey: key, tags: ['a'], metadata: { a: 1 } }
}

function content(dice: Dice): Partial<Mail> {
  return {
    subject: 'Your order',
    text: anyLetter(dice),
    ...(dice.chance(0.3) && { html: `<p>${anyLetter(dice)}</p>` }),
    ...(dice.chance(0.02) && { attachments: [{ filename: 'a.bin', content: Buffer.alloc(10_000, 7) }] }),
  }
}

/** No control characters: a mail that enqueue refuses is garbage's business. */
function anyLetter(dice: Dice): string {
  return `.\n${anyText(dice)
    .slice(0, 2_000)
    .replace(/[^\t\n\x20-\x7e]/g, '')}\nIt is on its way.`
}

function options(dice: Dice): EnqueueOptions {
  return {
    priority: dice.pick(['high', 'normal', 'normal', 'low', 'bulk']),
    ...(dice.chance(0.2) && { tenant: dice.pick(['acme', 'initech']) }),
  }
}
