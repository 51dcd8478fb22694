import { expect, test } from 'vitest'
import { createMonitor } from '../../src/http/monitor.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { concurrency, hour, isBraked, letCanariesGo, letters, openScene } from '../support/refusing.ts'
import { until } from '../support/wait.ts'

const many = 60

for (const kind of ['sqlite', 'postgres'] as const)
  describeDatabase(kind, 'A10: a server that refuses every mail alike', (_kind, fresh) => {
    test.each([
      ['from the start', 0],
      ['after a while', 30],
    ])(
      '%s: none fails, few are asked, health says it, and all go once it is mended',
      async (_when, accepted) => {
        await using scene = await openScene((await fresh()).url)
        const { mail, smtp, asked } = scene
        const worker = mail.worker({ concurrency })
        let alarm = 0
        worker.on('brake', () => void alarm++)
        scene.refuses = () => smtp.received.length >= accepted
        await mail.enqueueMany(letters(accepted + many))
        await worker.start()
        await until(() => isBraked(scene))
        const third = performance.now()
        await until(async () => (await mail.count({ state: 'sending' })) === 0)
        const health = await mail.health()
        expect(health.healthy).toBe(false)
        expect(health.problems.join()).toContain('550 5.7.1 this account is closed')
        expect(performance.now() - third).toBeLessThan(10_000)
        const monitor = createMonitor({ queue: mail, worker })
        const braked = await monitor.request('/ready')
        expect([braked.status, await braked.json()]).toEqual([
          503,
          { ready: false, reason: expect.stringContaining('550 5.7.1 this account is closed') },
        ])
        await letCanariesGo(scene, 6)
        expect(new Set(asked).size - smtp.received.length).toBeLessThanOrEqual(20 + concurrency)
        expect(await mail.count({ state: 'failed' })).toBe(0)
        const refused = (await mail.find({ state: 'queued' }, { limit: 300 })).items
        expect(Math.max(...refused.map(({ attempts }) => attempts))).toBeLessThanOrEqual(1)
        scene.refuses = () => false
        scene.clock.turn(5 * hour)
        await until(async () => (await mail.count({ state: 'sent' })) === accepted + many, {
          timeout: 20_000,
        })
        expect((await mail.health()).problems).toEqual([])
        expect((await monitor.request('/ready')).status).toBe(200)
        expect(smtp.received).toHaveLength(accepted + many)
        expect(alarm).toBe(1)
        await worker.stop()
      },
      60_000,
    )

    test('one that is refused among accepted ones fails with the next acceptance', async () => {
      await using scene = await openScene((await fresh()).url)
      const { mail } = scene
      scene.refuses = (address) => address.startsWith('bad')
      const failed: string[] = []
      const worker = mail.worker({ concurrency })
      worker.on('failed', ({ id }) => void failed.push(id))
      await worker.start()
      await mail.enqueueMany(letters(5))
      const { id } = await mail.enqueue(letter('bad@b.example'))
      await until(async () => (await mail.get(id))?.attempts === 1)
      expect(await mail.get(id)).toMatchObject({ state: 'queued', refusedAt: expect.any(Date) })
      await mail.enqueue(letter('ada@b.example'))
      await until(() => failed.includes(id))
      expect(await mail.get(id)).toMatchObject({
        ...{ state: 'failed', reason: 'rejected', attempts: 1, refusedAt: null },
        recipients: [{ state: 'rejected', code: 550, enhanced: '5.7.1' }],
      })
      await worker.stop()
    })

    test('one alone fails at the first retry after an hour', async () => {
      const streams = { default: { retry: { jitter: 0 } } }
      await using scene = await openScene((await fresh()).url, { streams })
      const { mail, clock, asked } = scene
      const worker = mail.worker({ concurrency })
      await worker.start()
      const { id } = await mail.enqueue(letter('bad@b.example'))
      const began = clock.now()
      for (let tries = 1; tries <= 7; tries++) {
        await until(() => asked.length === tries)
        await until(async () => (await mail.get(id))?.attempts === tries)
        const settled = await mail.get(id)
        if (settled?.state === 'queued') clock.turn(settled.dueAt.getTime() - clock.now() + 1)
        else expect(clock.now() - began).toBeGreaterThanOrEqual(hour)
      }
      expect(await mail.get(id)).toMatchObject({ state: 'failed', reason: 'rejected', attempts: 7 })
      await worker.stop()
    })

    test('of two recipients, one of whom is accepted, the other’s refusal is final at once', async () => {
      await using scene = await openScene((await fresh()).url)
      const { mail } = scene
      scene.refuses = (address) => address.startsWith('bad')
      const { id } = await mail.enqueue(letter('ada@a.example', { cc: 'bad@b.example' }))
      await mail.deliverDue()
      expect(await mail.get(id)).toMatchObject({
        ...{ state: 'failed', reason: 'rejected' },
        recipients: [{ state: 'accepted' }, { state: 'rejected' }],
      })
    })
  })
