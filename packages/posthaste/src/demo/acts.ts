import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import type { Mail } from '../mail/mail.ts'
import type { Enqueued } from '../queue/enqueue.ts'
import type { MailQueue } from '../queue/mail-queue.ts'
import { attachmentOf } from './received.ts'
import type { Accepted } from './smtp-server.ts'

/** What must become of the mail of an act. */
export type Fate = 'sent' | 'expired' | 'suppressed' | 'rejected' | 'undone'

/** One transaction of the shop with its mail; each has a line in the table at the end. */
export interface Act {
  readonly title: string
  readonly fate: Fate
  /** For each mail, the addresses at which it must arrive. */
  readonly arrivesAt: readonly (readonly string[])[]
  /** What else must be true of a mail that arrived. */
  readonly proof?: (arrived: Accepted, committedAt: number) => boolean
  enqueue(mail: MailQueue, tx: object): Promise<readonly { id: string; messageId: string }[]>
}

export const suppressed = 'unsubscribed@example.com'
export const missing = 'nobody@example.com'
export const greylisted = 'busy@example.com'
const scheduledIn = 1_500

const manual = createHash('shake256', { outputLength: 5 * 1024 * 1024 }).digest()

const text = 'It is on its way.\n..\n.\nYour shop'
const html = '<p>It is <b>on its way</b>.</p>'
const subject = 'Your order'

export const acts: readonly Act[] = [
  simple('plain text', people('ada', 6), { subject, text }),
  simple('HTML and text', people('grace', 4), { subject, text, html }),
  single('several recipients, cc and bcc', ['ada', 'grace', 'boss', 'books'].map(at), {
    to: [at('ada'), at('grace')],
    cc: `The Boss <${at('boss')}>`,
    bcc: at('books'),
    subject,
    text,
  }),
  simple('mail of an order that failed', people('undone', 3), { subject, text }, 'undone'),
  {
    ...single('5 MB attachment, byte for byte', [at('reader')], {
      to: at('reader'),
      subject: 'Your manual',
      text,
      attachments: [{ filename: 'manual.bin', content: manual }],
    }),
    proof: ({ body }) => attachmentOf(body).equals(manual),
  },
  simple(
    'unicode',
    [at('zoë'), at('jörg')],
    {
      subject: 'Grüße – 你好 – שלום 💌',
      text: 'Ça va ? Всё хорошо 🎉',
      from: 'Łódź & Søn <shop@example.com>',
    },
    'sent',
  ),
  {
    ...single('scheduled, not before its time', [at('later')], { to: at('later'), subject, text }),
    enqueue: async (mail, tx) => [
      await mail.enqueueIn(tx, { to: at('later'), subject, text }, { delay: scheduledIn }),
    ],
    proof: ({ at: arrivedAt }, committedAt) => arrivedAt >= committedAt + scheduledIn,
  },
  {
    title: 'expired before it could go',
    fate: 'expired',
    arrivesAt: [[]],
    async enqueue(mail, tx) {
      const code = { to: at('slow'), subject: 'Your code is 123456', text: 'It counts for a moment.' }
      const queued = await mail.enqueueIn(tx, code, { expiresIn: '10ms' })
      await pause(50)
      return [queued]
    },
  },
  { ...simple('everybody suppressed', [suppressed], { subject, text }, 'suppressed'), arrivesAt: [[]] },
  single('one of two suppressed', [at('ada')], {
    to: [at('ada'), `Gone <${suppressed.toUpperCase()}>`],
    subject,
    text,
  }),
  simple('451, tried again', [greylisted], { subject, text }),
  { ...simple('550, refused for good', [missing], { subject, text }, 'rejected'), arrivesAt: [[]] },
  bulk('bulk: enqueueManyIn', 36, 'sent'),
  bulk('bulk, of a failed import', 12, 'undone'),
  nodemailer("Nodemailer's sendMail", 'sent'),
  nodemailer('sendMail in a failed order', 'undone'),
]

function at(name: string): string {
  return `${name}@example.com`
}

function people(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => at(`${name}${index + 1}`))
}

/** The same mail to each of several people. */
function simple(title: string, to: readonly string[], mail: Mail, fate: Fate = 'sent'): Act {
  return {
    title,
    fate,
    arrivesAt: to.map((address) => (fate === 'undone' ? [] : [address])),
    async enqueue(queue, tx) {
      const queued: Enqueued[] = []
      for (const address of to) queued.push(await queue.enqueueIn(tx, { ...mail, to: address }))
      return queued
    },
  }
}

function single(title: string, arrivesAt: readonly string[], mail: Mail): Act {
  return {
    title,
    fate: 'sent',
    arrivesAt: [arrivesAt],
    enqueue: async (queue, tx) => [await queue.enqueueIn(tx, mail)],
  }
}

function bulk(title: string, count: number, fate: Fate): Act {
  const readers = people('reader', count)
  return {
    ...simple(title, readers, {}, fate),
    async enqueue(queue, tx) {
      const items = readers.map((to) => ({
        mail: { to, subject: 'News', text },
        priority: 'bulk' as const,
        tags: ['news'],
      }))
      const { results } = await queue.enqueueManyIn(tx, items)
      return results.flatMap((queued) => queued ?? [])
    },
  }
}

/** Code that knows Nodemailer only: its transporter queues, and joins the transaction around it. */
function nodemailer(title: string, fate: Fate): Act {
  const to = at('nodemailer')
  return {
    ...simple(title, [to], {}, fate),
    async enqueue(queue, tx) {
      const transporter = createTransport(queue.transport())
      const sent = await queue.within(tx, () => transporter.sendMail({ to, subject, text, html }))
      return [sent]
    },
  }
}
