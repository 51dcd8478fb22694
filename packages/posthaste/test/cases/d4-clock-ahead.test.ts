import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { diagnose } from '../../src/queue/diagnose/diagnose.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { openLine } from '../support/line.ts'
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
})
