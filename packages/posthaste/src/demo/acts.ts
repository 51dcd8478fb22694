import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { type Act, at, type Fate, people, simple, single } from './act.ts'
import { attachmentOf } from './received.ts'

export const suppressed = 'unsubscribed@example.com'
export const missing = 'nobody@example.com'
export const greylisted = 'busy@example.com'
const scheduledIn = 1_500

const manual = createHash('shake256', { outputLength: 5 * 1024 * 1024 }).digest()

const text = 'It is on its way.\n..\n.\nYour shop'
const html = '<p>It is <b>on its way</b>.</p>'
const subject = 'Your order'

/** The first chapter: what a shop does in its transactions, every kind of mail among it. */
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
  simple('mail of an order that failed', people('undone', 3), { subject, text }, { fate: 'undone' }),
  {
    ...single('5 MB attachment, byte for byte', [at('reader')], {
      to: at('reader'),
      subject: 'Your manual',
      text,
      attachments: [{ filename: 'manual.bin', content: manual }],
    }),
    proof: ({ body }) => attachmentOf(body).equals(manual),
  },
  simple('unicode', [at('zoë'), at('jörg')], {
    subject: 'Grüße – 你好 – שלום 💌',
    text: 'Ça va ? Всё хорошо 🎉',
    from: 'Łódź & Søn <shop@example.com>',
  }),
  {
    ...single('scheduled, not before its time', [at('later')], { to: at('later'), subject, text }),
    enqueue: async (mail, tx) => [
      await mail.enqueueIn(tx, { to: at('later'), subject, text }, { delay: scheduledIn }),
    ],
    proof: ({ at: arrivedAt }, { committedAt }) => arrivedAt >= committedAt + scheduledIn,
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
  {
    ...simple('everybody suppressed', [suppressed], { subject, text }, { fate: 'suppressed' }),
    arrivesAt: [[]],
  },
  single('one of two suppressed', [at('ada')], {
    to: [at('ada'), `Gone <${suppressed.toUpperCase()}>`],
    subject,
    text,
  }),
  simple('451, tried again', [greylisted], { subject, text }),
  { ...simple('550, refused for good', [missing], { subject, text }, { fate: 'rejected' }), arrivesAt: [[]] },
  bulk('bulk: enqueueManyIn', 36, 'sent'),
  bulk('bulk, of a failed import', 12, 'undone'),
  nodemailer("Nodemailer's sendMail", 'sent'),
  nodemailer('sendMail in a failed order', 'undone'),
]

function bulk(title: string, count: number, fate: Fate): Act {
  const readers = people('reader', count)
  return {
    ...simple(title, readers, {}, { fate }),
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
    ...simple(title, [to], {}, { fate }),
    async enqueue(queue, tx) {
      const transporter = createTransport(queue.transport())
      const sent = await queue.within(tx, () => transporter.sendMail({ to, subject, text, html }))
      return [sent]
    },
  }
}
