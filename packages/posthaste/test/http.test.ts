import { afterEach, beforeEach, expect, test } from 'vitest'
import { metricsText } from '../src/http/metrics.ts'
import { createMonitor } from '../src/http/monitor.ts'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { type FreshDatabase, freshDatabase } from './support/databases.ts'

let database: FreshDatabase
let mail: MailQueue<'default' | 'news'>

beforeEach(async () => {
  database = await freshDatabase('sqlite')
  mail = queueOn(database.url)
})

afterEach(async () => {
  await mail.close()
  await database.drop()
})

function queueOn(url: string) {
  return createMailQueue({
    database: url,
    transports: { default: 'smtp://127.0.0.1:1' },
    streams: { news: {} },
  })
}

function ask(path: string, queue: MailQueue<'default' | 'news'> = mail) {
  return createMonitor({ queue: queue as MailQueue, worker: queue.worker() }).request(path)
}

const message = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hi', text: 'Hello' }

test('is live whatever the database does, and ready only with it', async () => {
  const lost = queueOn('postgres://nobody@127.0.0.1:1/absent')
  expect(await statusOf('/live', lost)).toEqual([200, { live: true }])
  expect(await statusOf('/ready', lost)).toEqual([503, { ready: false, reason: 'PH_DATABASE_UNREACHABLE' }])
  expect(await statusOf('/health', lost)).toEqual([
    503,
    { healthy: false, problems: ['PH_DATABASE_UNREACHABLE'] },
  ])
  const metrics = await ask('/metrics', lost)
  expect([metrics.status, await metrics.text()]).toEqual([
    200,
    expect.stringContaining('posthaste_database_up 0\n'),
  ])
  expect(await statusOf('/ready')).toEqual([200, { ready: true }])
  await lost.close()
})

async function statusOf(path: string, queue?: MailQueue<'default' | 'news'>): Promise<[number, unknown]> {
  const answer = await ask(path, queue)
  return [answer.status, await answer.json()]
}

test('health is 503 while mail is stuck, and 200 while it is paused', async () => {
  await mail.enqueue(message)
  expect(await statusOf('/health')).toMatchObject([503, { healthy: false, due: 1 }])
  await mail.pause({ reason: 'maintenance' })
  expect(await statusOf('/health')).toMatchObject([
    200,
    { healthy: true, pauses: [{ reason: 'maintenance' }] },
  ])
})

test('nothing that it serves names an address or a subject', async () => {
  await mail.enqueue(message)
  for (const path of ['/live', '/ready', '/health', '/metrics'])
    expect(await (await ask(path)).text()).not.toMatch(/ada|example\.com|Hi/)
})

test('metrics count the queue by stream and state', async () => {
  await mail.enqueue(message)
  await mail.enqueue(message, { stream: 'news', delay: '1h' })
  await mail.pause({ stream: 'news' })
  const answer = await ask('/metrics')
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = (await answer.text()).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE posthaste_queue_depth gauge',
      'posthaste_queue_depth{stream="default",state="due"} 1',
      'posthaste_queue_depth{stream="news",state="scheduled"} 1',
      'posthaste_oldest_due_seconds{stream="news"} 0',
      'posthaste_mails{state="queued"} 2',
      '# TYPE posthaste_worker_events_total counter',
      'posthaste_worker_events_total{outcome="sent"} 0',
      'posthaste_workers_alive 0',
      'posthaste_healthy 0',
      'posthaste_database_up 1',
      'posthaste_paused{stream="news"} 1',
    ]),
  )
})

test('metrics are in the format that Prometheus reads, whatever a name holds', () => {
  const text = metricsText({
    counts: { sent: 3, deferred: 0, failed: 0, suppressed: 0, unknown: 0, stale: 0 },
    health: {
      at: new Date(2_000),
      healthy: true,
      problems: [],
      oldestDueMs: 0,
      due: 0,
      workers: [],
      backingOff: [
        {
          name: 'a"b\\c\nd',
          state: 'backing-off',
          until: new Date(5_000),
          reason: null,
          since: null,
          faults: 1,
          brakes: [],
        },
      ],
      brakes: [],
      pauses: [],
    },
  })
  expect(text).toContain('posthaste_transport_backing_off{transport="a\\"b\\\\c\\nd"} 1\n')
  expect(text.endsWith('\n')).toBe(true)
  const sample = /^[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? [\d.]+$/
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(line.startsWith('#') ? /^# (HELP|TYPE) / : sample)
})
