import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { diagnose } from '../../src/queue/diagnose/diagnose.ts'
import { tenantBrake } from '../support/brakes.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { add, claimOne, newWorker } from '../support/store.ts'

const year = 365 * 86_400_000

describeEachDatabase('D4: after a clock that was a year ahead', (_kind, fresh) => {
  test('a lease of that time is not believed, and mail of that time is named, and made due by what is said', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail, parts } = line
    const at = await parts.connection.ready()
    const now = parts.clock.now()
    const ahead = now + year
    const worker = newWorker({ startedAt: ahead, heartbeatAt: ahead, leaseUntil: ahead + 15_000 })
    await at.store.registerWorker(worker)
    const held = await add(at, { createdAt: now, sendAt: now })
    await claimOne(at, { workerId: worker.id, now })
    const later = { id: newId(ahead), createdAt: ahead, sendAt: ahead, to: ['bob@example.com'] }
    await add(at, later)

    const { workers, problems } = await mail.health()
    expect(workers).toMatchObject([{ alive: false }])
    const [said] = problems.filter((problem) => problem.includes('a clock that was ahead'))
    const since = /--since (\S+)`/.exec(said ?? '')?.[1] ?? ''
    const findings = await diagnose(mail, parts, undefined)
    expect(findings.filter(({ message }) => message.includes('a clock that was ahead'))).toHaveLength(1)

    expect(await at.store.rescue(now, 5)).toEqual({ workers: 1, mails: 1 })
    expect(await mail.get(held.id)).toMatchObject({ state: 'queued' })
    expect(await mail.retry({ state: 'queued', since: new Date(since) })).toBe(1)
    expect(await mail.get(later.id)).toMatchObject({ state: 'queued', dueAt: expect.any(Date) })
    expect((await mail.get(later.id))?.dueAt.getTime()).toBeLessThan(now + 60_000)
    await at.store.rescue(now, 5)
    expect((await mail.health()).workers).toEqual([])
  })

  test('a back-off of that time is not believed, nor one that was extended then; an operator’s is', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail, parts } = line
    const { store } = await parts.connection.ready()
    const now = parts.clock.now()
    const backOffAt = (at: number) =>
      store.backOffTransport('default', { until: at + 60_000, reason: 'ECONNREFUSED', now: at })
    const until = async () => (await mail.transports.list())[0]?.until?.getTime() ?? null

    await backOffAt(now + year)
    expect((await mail.health()).backingOff).toEqual([])
    expect(await mail.transports.list()).toMatchObject([{ state: 'ready', until: null }])
    await mail.enqueue(letter('ada@example.com'))
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })

    await backOffAt(now)
    expect(await until()).toBe(now + 60_000)
    await backOffAt(now + year)
    expect(await until()).toBe(null)
    await backOffAt(now + 1_000)
    expect(await mail.transports.list()).toMatchObject([
      { until: new Date(now + 61_000), since: new Date(now + 1_000) },
    ])

    await mail.transports.pause('default', { for: '700d' })
    expect(await until()).toBeGreaterThan(now + year)
  })

  test('a brake of that time keeps nothing back, nor does a canary that was put off, taken or ended then', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail, parts } = line
    const { refusals } = (await parts.connection.ready()).store
    const now = parts.clock.now()
    const brake = { ...tenantBrake(now), transport: 'default', scope: 'transport', value: '' } as const
    const brakes = async () => (await refusals.read(now, 'default')).brakes
    const ahead = now + year

    await refusals.brake({ ...brake, since: ahead, canaryAt: ahead + 4_000 })
    expect((await mail.health()).brakes).toEqual([])
    await mail.enqueue(letter('ada@example.com'))
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })

    expect(await refusals.brake(brake)).toBe(true)
    expect(await refusals.brake(brake)).toBe(false)
    expect(await brakes()).toEqual([brake])
    await refusals.moveCanary(brake, ahead)
    expect(await brakes()).toEqual([{ ...brake, canaryAt: now }])
    expect(await refusals.takeCanary(brake, { now, until: ahead })).toBe(true)
    expect(await refusals.takeCanary(brake, { now, until: now + 60_000 })).toBe(true)
    expect(await refusals.takeCanary(brake, { now, until: now + 60_000 })).toBe(false)
    await refusals.moveCanary(brake, now + 8_000)
    expect(await brakes()).toEqual([{ ...brake, canaryAt: now + 8_000 }])

    await refusals.release(brake, ahead)
    expect(await brakes()).toEqual([])
    expect(await refusals.brake({ ...brake, since: now + 1 })).toBe(true)
    expect(await brakes()).toEqual([{ ...brake, since: now + 1, earlierMs: 0 }])
  })

  test('a refusal of that time is not the first: the next one is', async () => {
    await using line = await openLine((await fresh()).url)
    const { parts } = line
    const at = await parts.connection.ready()
    const { refusals } = at.store
    const now = parts.clock.now()
    const { id } = await add(at, { createdAt: now, sendAt: now })
    const about = { transport: 'default', stream: 'default', sender: 'example.com', tenant: null }
    const refusal = { ...about, mailId: id, seq: 0, domain: 'example.com', reply: '550', isSenders: false }
    await refusals.note([{ ...refusal, refusedAt: now + year }])
    expect((await refusals.read(now)).waiting).toEqual([])
    await refusals.note([{ ...refusal, refusedAt: now }])
    await refusals.note([{ ...refusal, refusedAt: now + 1_000 }])
    expect((await refusals.read(now)).waiting).toEqual([{ ...refusal, refusedAt: now }])
  })

  test('a release and a resume of that time do not let a mail be tried for a year', async () => {
    await using line = await openLine(
      (await fresh()).url,
      { retry: { giveUpAfter: '1s' } },
      { reply: ({ step }) => (step === 'RCPT' ? '451 4.7.1 later' : undefined) },
    )
    const { mail, parts } = line
    const at = await parts.connection.ready()
    const now = parts.clock.now()
    const { id } = await add(at, { createdAt: now - 60_000, sendAt: now - 60_000 })
    await mail.hold({ id })
    await at.store.act('release', { id }, now + year)
    await mail.pause({ stream: 'default' })
    await at.store.resume('default', now + year)
    expect(await mail.deliverDue()).toMatchObject({ failed: 1 })
    expect(await mail.get(id)).toMatchObject({ reason: 'gave-up' })
  })
})
