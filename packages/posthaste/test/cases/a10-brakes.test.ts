import { expect, test } from 'vitest'
import { createMonitor } from '../../src/http/monitor.ts'
import { describeDatabase } from '../support/databases.ts'
import { queueAtHand } from '../support/hand-clock.ts'
import { letter } from '../support/line.ts'
import {
  brakeEnd,
  concurrency,
  hour,
  isBraked,
  letCanariesGo,
  letters,
  openScene,
} from '../support/refusing.ts'
import { until } from '../support/wait.ts'

for (const kind of ['sqlite', 'postgres'] as const)
  describeDatabase(kind, 'A10: a brake', (_kind, fresh) => {
    test('two workers: a canary is sent by one of them, and both go on when it is accepted', async () => {
      const { url } = await fresh()
      await using scene = await openScene(url)
      const { mail, asked } = scene
      const other = queueAtHand({ database: url, transports: { default: scene.smtp.url } })
      await mail.enqueueMany(letters(100))
      const workers = [mail.worker({ concurrency }), other.mail.worker({ concurrency })]
      await Promise.all(workers.map((worker) => worker.start()))
      await until(() => isBraked(scene))
      await until(async () => (await mail.count({ state: 'sending' })) === 0)
      expect(new Set(asked).size).toBeLessThanOrEqual(20 + 2 * concurrency)
      const before = asked.length
      const [brake] = (await mail.health()).brakes
      const turn = brakeEnd(brake).getTime() - scene.clock.now() + 1
      for (const clock of [scene.clock, other.clock]) clock.turn(turn)
      await until(async () => (await mail.health()).brakes.some(({ until }) => until > brakeEnd(brake)))
      await until(async () => (await mail.count({ state: 'sending' })) === 0)
      // The other worker may have claimed once more before it heard of the brake.
      expect(asked.length - before).toBeGreaterThanOrEqual(1)
      expect(asked.length - before).toBeLessThanOrEqual(1 + concurrency)
      scene.refuses = () => false
      for (const clock of [scene.clock, other.clock]) clock.turn(5 * hour)
      await until(async () => (await mail.count({ state: 'sent' })) === 100, { timeout: 20_000 })
      expect(await mail.count({ state: 'failed' })).toBe(0)
      await Promise.all(workers.map((worker) => worker.stop()))
      await other.mail.close()
    }, 60_000)

    test('a tenant, all of whose mail is refused, is braked alone', async () => {
      await using scene = await openScene((await fresh()).url)
      const { mail } = scene
      scene.refuses = (address) => address.startsWith('bad')
      await mail.enqueueMany(letters(50, {}, 'bad').map((one) => ({ ...one, tenant: 'acme' })))
      const worker = mail.worker({ concurrency })
      await worker.start()
      await until(() => isBraked(scene))
      expect((await mail.health()).brakes).toMatchObject([{ scope: 'tenant', value: 'acme' }])
      expect((await createMonitor({ queue: mail, worker }).request('/ready')).status).toBe(200)
      await mail.enqueueMany(letters(50).map((one) => ({ ...one, tenant: 'other' })))
      await until(async () => (await mail.count({ state: 'sent', tenant: 'other' })) === 50)
      await letCanariesGo(scene, 2)
      expect(await mail.count({ state: 'failed' })).toBe(0)
      expect(new Set(scene.asked.filter((one) => one.startsWith('bad'))).size).toBeLessThanOrEqual(
        20 + concurrency,
      )
      scene.refuses = () => false
      scene.clock.turn(5 * hour)
      await until(async () => (await mail.count({ state: 'sent' })) === 100, { timeout: 20_000 })
      await worker.stop()
    }, 60_000)

    test('while it is braked a mail expires, and does not give up; nor does the time count afterwards', async () => {
      const retry = { giveUpAfter: '1d' } as const
      await using scene = await openScene((await fresh()).url, { streams: { default: { retry } } })
      const { mail, clock } = scene
      await mail.enqueueMany(letters(10))
      const late = await mail.enqueue(letter('late@b.example'), { expiresIn: '2d' })
      const worker = mail.worker({ concurrency })
      await worker.start()
      await until(() => isBraked(scene))
      for (let day = 0; day < 3; day++) await letCanariesGo(scene, 1, 24 * hour)
      await until(async () => (await mail.get(late.id))?.reason === 'expired')
      expect(await mail.count({ state: 'failed' })).toBe(1)
      scene.smtp.options.reply = ({ step }) =>
        step === 'dot' && scene.smtp.received.length > 0 ? '451 4.2.0 Later' : undefined
      clock.turn(5 * hour)
      await until(async () => (await mail.count({ state: 'sent' })) === 1)
      await until(async () => {
        const { items } = await mail.find({ state: 'queued' }, { limit: 99 })
        return items.length === 9 && items.every(({ attempts }) => attempts > 0)
      })
      await worker.stop()
    }, 60_000)

    test('`transports resume` ends a brake, and what it held is due', async () => {
      await using scene = await openScene((await fresh()).url)
      const { mail, clock } = scene
      await mail.enqueueMany(letters(10))
      await mail.deliverDue()
      expect(await isBraked(scene)).toBe(true)
      expect((await mail.transports.list())[0]).toMatchObject({
        state: 'braked',
        brakes: [{ scope: 'transport' }],
      })
      scene.refuses = () => false
      await mail.transports.resume('default')
      expect(await isBraked(scene)).toBe(false)
      // Mail that was claimed and could not begin any more comes back a little later.
      clock.turn(30_000)
      await mail.deliverDue()
      expect(await mail.count({ state: 'sent' })).toBe(10)
    })
  })
