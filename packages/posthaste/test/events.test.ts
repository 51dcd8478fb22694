import { expect, test } from 'vitest'
import { Events } from '../src/events.ts'

const about = { id: 'i', messageId: '<m@shop.example>', stream: 'default', tenant: null, attempt: 1 }
const reply = '550 5.1.1 <ada+x@example.com>: no such user; ask "postmaster@example.com"'

test('a log line masks the addresses that a server repeats, and the event keeps them', () => {
  const lines: unknown[] = []
  const heard: unknown[] = []
  const events = new Events((object, message) => lines.push([object, message]))
  events.on('failed', (mail) => heard.push(mail.reply))
  events.emit('failed', { ...about, reason: 'rejected', reply })
  const masked = '550 5.1.1 <***@example.com>: no such user; ask "***@example.com"'
  expect(lines).toEqual([[{ ...about, reason: 'rejected', reply: masked }, 'posthaste failed']])
  expect(heard).toEqual([reply])
})

test('why a transport backs off is logged without addresses, too', () => {
  const lines: unknown[] = []
  const until = new Date(0)
  new Events((object) => lines.push(object)).emit('backoff', {
    name: 'main',
    until,
    reason: '535 login of bob@example.com refused',
  })
  expect(lines).toEqual([{ name: 'main', until, reason: '535 login of ***@example.com refused' }])
})
