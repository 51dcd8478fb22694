import type { MailQueue } from '../../src/index.ts'
import type { OnUnknown } from '../../src/mail/mail.ts'
import type { SmtpScript } from '../support/smtp.ts'

/** The mails that one worker delivers, one after the other, until it dies. */
export interface Scenario {
  readonly mails: readonly Letter[]
  /** Beside them there is a mail that a worker has died with: this one takes it over. */
  readonly orphan?: true
  /** The worker does its housekeeping meanwhile. */
  readonly housekeeping?: true
}

export interface Letter {
  /** What becomes of it at the mail server is told by the first word of each address. */
  readonly to: readonly Flavour[]
  readonly onUnknown?: OnUnknown
  readonly attached?: true
}

export type Flavour = 'plain' | 'never' | 'later'

const plain: Letter = { to: ['plain'] }

export const scenarios: Readonly<Record<string, Scenario>> = {
  accepted: { mails: [plain, plain], housekeeping: true },
  refused: { mails: [{ to: ['plain', 'never'] }, plain] },
  deferred: { mails: [{ to: ['later'] }] },
  attachment: { mails: [{ to: ['plain'], attached: true }] },
  hold: { mails: [{ to: ['plain'], onUnknown: 'hold' }, plain] },
  rescue: { mails: [plain], orphan: true },
}

/** Refuses for good, or once for now. */
export function serverReply(): SmtpScript {
  const deferred = new Set<string>()
  return ({ step, address }) => {
    if (step !== 'RCPT') return undefined
    if (address.startsWith('never-')) return '550 5.1.1 no such user'
    if (!address.startsWith('later-') || deferred.has(address)) return undefined
    deferred.add(address)
    return '450 4.2.1 greylisted'
  }
}

/** What was committed for one mail. */
export interface Order {
  readonly id: string
  readonly to: readonly string[]
  readonly onUnknown: OnUnknown
}

export interface Naming {
  readonly name: string
  /** @default the name */
  readonly stream?: string
  readonly stored: Awaited<ReturnType<MailQueue['attachments']['put']>>
}

/** Enqueues a scenario's mails; the case's name stands in each address. */
export async function enqueue(
  mail: MailQueue,
  { mails }: Pick<Scenario, 'mails'>,
  { name, stream = name, stored }: Naming,
): Promise<Order[]> {
  const orders: Order[] = []
  for (const [index, { to, onUnknown = 'retry', attached }] of mails.entries()) {
    const addresses = to.map((flavour) => `${flavour}-${name}-${index}@example.com`)
    const { id } = await mail.enqueue(
      {
        from: 'shop@example.com',
        to: addresses,
        subject: `${name} ${index}`,
        text: 'It is on its way.',
        ...(attached && { attachments: [{ filename: 'terms.bin', content: stored }] }),
      },
      { onUnknown, stream },
    )
    orders.push({ id, to: addresses, onUnknown })
  }
  return orders
}
