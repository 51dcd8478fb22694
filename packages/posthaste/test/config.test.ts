import { expect, test } from 'vitest'
import type { QueueConfig } from '../src/config/queue-config.ts'
import { readSettings } from '../src/config/settings.ts'

test.each<[object, RegExp]>([
  [{ colour: 'red' }, /there is no option 'colour'/],
  [{ render: 'never' }, /render is "never", not one of enqueue, deliver/],
  [{ streams: { 'a b': {} } }, /streams\.a b is not a name for a stream/],
  [{ streams: { a: { prio: 'high' } } }, /there is no option 'streams\.a\.prio'/],
  [{ streams: { a: { priority: 'urgent' } } }, /priority is "urgent"/],
  [{ streams: { a: { onUnknown: 'drop' } } }, /onUnknown is "drop"/],
  [{ streams: { a: { transport: 'b' } } }, /streams\.a\.transport names no transport: there is no 'b'/],
  [{ streams: { a: { expiresIn: 'soon' } } }, /expiresIn is "soon", not a duration/],
  [{ retry: { factor: 0.5 } }, /retry\.factor/],
  [{ retention: { sent: '1 fortnight' } }, /retention\.sent/],
  [{ retention: { all: '1d' } }, /there is no option 'retention\.all'/],
  [{ attachments: { root: '/srv' } }, /there is no option 'attachments\.root'/],
  [{ attachments: { maxSize: -1 } }, /attachments\.maxSize/],
  [{ delivery: { redirectTo: 'nobody' } }, /delivery\.redirectTo is not one address/],
  [{ schema: 'my-schema' }, /schema is "my-schema", not a plain name/],
  [{ prefix: '1x' }, /prefix is "1x", not a plain name/],
])('%o is refused with PH_CONFIG, naming the option', (config, message) => {
  const read = () => readSettings({ database: 'sqlite:x.db', ...config } as QueueConfig)
  expect(read).toThrow(message)
  expect(read).toThrow('[PH_CONFIG]')
})

test('what is left out has the default that the reference states', () => {
  const settings = readSettings({ database: 'sqlite:x.db' })
  expect(settings).toMatchObject({
    render: 'enqueue',
    delivery: 'live',
    schema: 'posthaste',
    prefix: 'posthaste_',
  })
  expect(settings.streams.get('default')).toMatchObject({
    onUnknown: 'retry',
    retention: { sent: 30 * 86_400_000, failed: 90 * 86_400_000, bodies: 7 * 86_400_000 },
  })
})
