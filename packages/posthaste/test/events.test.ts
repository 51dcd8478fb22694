import { expect, test, vi } from 'vitest'
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

const failures: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('no')
    },
  ],
  ['rejects', async () => Promise.reject(new Error('no'))],
  ['never settles', () => new Promise(() => {})],
  [
    'returns what cannot be awaited',
    () =>
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('no')
        },
      }),
  ],
]

test.each(failures)('G3: a listener that %s changes nothing, and the others are called', async (_, fails) => {
  const lines: string[] = []
  let heard = 0
  const events = new Events((_object, message) => lines.push(message))
  events.on('suppressed', () => fails())
  events.on('suppressed', () => void heard++)
  events.emit('suppressed', about)
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toBe(1)
  expect(
    lines.filter((line) => !/^posthaste(?: suppressed|: a listener of 'suppressed' failed)$/.test(line)),
  ).toEqual([])
})

test.each(failures)('G4: a logger that %s harms nothing, and is named once', async (_, fails) => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const events = new Events(() => fails())
  let heard = 0
  events.on('suppressed', () => void heard++)
  for (let i = 0; i < 3; i++) events.emit('suppressed', about)
  await new Promise((resolve) => setImmediate(resolve))
  const lines = said.mock.calls.map(([text]) => String(text))
  said.mockRestore()
  expect(heard).toBe(3)
  expect(lines.filter((line) => line !== 'posthaste: the logger failed: no\n')).toEqual([])
  expect(lines.length).toBeLessThanOrEqual(1)
})

test('a reply of a megabyte is masked in no time', () => {
  const lines: unknown[] = []
  const events = new Events((object) => lines.push(object))
  const began = performance.now()
  for (const text of ['a'.repeat(1_000_000), 'a@'.repeat(500_000), '@'.repeat(1_000_000)])
    events.emit('failed', { ...about, reason: 'rejected', reply: text })
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(lines).toHaveLength(3)
})
