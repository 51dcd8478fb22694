import { Readable } from 'node:stream'
import type { Mail } from '../../src/index.ts'
import type { Call } from './calls.ts'
import { to } from './world.ts'

export type Args = Call['args']

export const mail = (): Mail => ({
  to: [to, { name: 'Grace', address: 'grace@example.com' }],
  cc: 'cc@example.com',
  from: { name: 'Shop', address: 'shop@example.com' },
  replyTo: 'help@example.com',
  subject: 'Order',
  text: 'Thank you',
  html: { content: '<p>Thank you</p>' },
  headers: { 'X-Order': '1', 'X-Many': ['a', 'b'], 'X-Prepared': { prepared: true, value: 'x' } },
  list: { unsubscribe: { url: 'https://example.com/u', comment: 'Leave' } },
  attachments: [
    { filename: 'a.txt', content: 'a', contentType: 'text/plain', headers: { 'X-Part': '1' } },
    { filename: 'b.bin', content: Readable.from(['b']), cid: 'b', contentDisposition: 'inline' },
  ],
  alternatives: [{ contentType: 'text/calendar', content: Buffer.from('x') }],
  icalEvent: { method: 'publish', content: 'BEGIN:VCALENDAR' },
  envelope: { from: 'shop@example.com', to: [to], dsn: { notify: ['failure'] } },
  dsn: { id: 'x', return: 'headers', notify: 'never' },
  date: new Date(0),
  messageId: '<a@example.com>',
  references: ['<b@example.com>'],
  priority: 'high',
  provider: { tag: 'x', nested: { a: [1] } },
})
export const plain = (): Mail => ({
  to,
  subject: 'Order',
  text: 'Thank you',
  attachments: [{ content: 'a' }],
})
export const written = (): Mail => ({
  to: [to],
  subject: 'Order',
  text: 'Thank you',
  headers: { 'X-Order': '1' },
})

export const options = () => ({
  priority: 'high',
  delay: '1h',
  expiresIn: '2d',
  stream: 'bulk',
  tenant: 'a',
  tags: ['x', 'y'],
  metadata: { order: 1, lines: [{ sku: 'x' }] },
  retry: { first: '1m', factor: 2, max: '1h', jitter: 0.1, giveUpAfter: '1d' },
  onUnknown: 'hold',
  sensitive: false,
})

export const filter = () => ({
  id: ['0199c1b2-0000-7000-8000-000000000000'],
  state: ['queued', 'sent'],
  stream: 'bulk',
  tenant: 'a',
  tag: 'x',
  to,
  subject: 'Or',
  messageId: '<a@example.com>',
  idempotencyKey: 'k',
  unknown: false,
  since: new Date(0),
  until: '2030-01-01T00:00:00Z',
})
export const entry = () => ({
  address: 'x@example.com',
  reason: 'bounced',
  note: 'n',
  stream: 'bulk',
  expiresIn: '1d',
})
export const none: Args = () => []
export const filtered: Args = () => [filter()]
export const id: Args = ({ sent }) => [sent]
export const items: Args = () => [
  [{ mail: plain(), ...options() }, { mail: plain() }],
  { onInvalid: 'strict', chunk: 50 },
]
export const worker = () => ({
  concurrency: 2,
  streams: ['default', 'bulk'],
  lease: '30s',
  pollInterval: '1s',
  stopWithin: '1s',
  maxRescues: 3,
  name: 'w',
  housekeeping: false,
})

/** What reads mail, on the queue and in a transaction. */
export function reading(): Record<string, Args> {
  return {
    get: id,
    attempts: id,
    find: () => [filter(), { limit: 5, after: 'x' }],
    count: () => [filter(), { atMost: 10 }],
    content: ({ sent }) => [sent, { sensitive: true }],
  }
}
