import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../support/store.ts'
import {
  add,
  addMany,
  attemptRows,
  claim,
  claimOne,
  deliveryRow,
  minute,
  newWorker,
  noon,
  settleOnly,
  settlingOf,
} from '../../support/store.ts'

export function rescueContract(open: () => Promise<OpenStore>): void {
  describe('rescuing', () => {
    test('takes nothing from a worker whose heart beats', async () => {
      const at = await open()
      const worker = newWorker()
      await at.store.registerWorker(worker)
      const { id } = await add(at)
      await claimOne(at, { workerId: worker.id })
      const beat = {
        now: noon + minute,
        leaseUntil: noon + 2 * minute,
        sleeping: true,
        stopping: false,
        delivered: 7,
        ownFault: `ENOSPC ${'x'.repeat(900)}`,
      }
      expect(await at.store.beat(worker.id, beat)).toBe(true)
      expect(await at.store.rescue(noon + minute, 3)).toEqual({ workers: 0, mails: 0 })
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'sending' })
      expect(await at.store.workers()).toEqual([
        {
          ...worker,
          heartbeatAt: noon + minute,
          leaseUntil: noon + 2 * minute,
          sleeping: true,
          delivered: 7,
          ownFault: `ENOSPC ${'x'.repeat(493)}`,
        },
      ])
      expect(await at.store.anySleeping(noon + minute)).toBe(true)
      expect(await at.store.anySleeping(noon + 2 * minute)).toBe(false)
    })

    test('queues the mail of a dead worker again, flags what it had dispatched, and says who died', async () => {
      const at = await open()
      const worker = newWorker({ name: 'mailer-7' })
      await at.store.registerWorker(worker)
      const [plain, held] = await addMany(at, [{}, { onUnknown: 'hold' }])
      await claim(at, { workerId: worker.id })
      const later = noon + 2 * minute
      expect(await at.store.rescue(later, 3)).toEqual({ workers: 1, mails: 2 })
      expect(await deliveryRow(at, plain?.id ?? '')).toMatchObject({
        state: 'queued',
        due_at: later,
        unknowns: 1,
        rescues: 1,
        worker_id: null,
        lane: 2,
      })
      expect(await deliveryRow(at, held?.id ?? '')).toMatchObject({
        state: 'queued',
        due_at: later,
        unknowns: 0,
        rescues: 1,
      })
      const [history] = await attemptRows(at, plain?.id ?? '')
      expect(history).toMatchObject({ outcome: 'died', token: 1, worker: 'mailer-7' })
      expect(history?.reply).toContain('mailer-7')
      expect(
        await at.store.beat(worker.id, {
          now: later,
          leaseUntil: later + minute,
          sleeping: false,
          stopping: false,
          delivered: 0,
          ownFault: null,
        }),
      ).toBe(false)
      expect(await at.store.rescue(later, 3)).toEqual({ workers: 0, mails: 0 })
    })

    test('holds what was dispatched where the mail says so', async () => {
      const at = await open()
      const worker = newWorker()
      await at.store.registerWorker(worker)
      const { id } = await add(at, { onUnknown: 'hold' })
      const { token } = await claimOne(at, { workerId: worker.id })
      await at.store.dispatch(id, token, noon + 1)
      await at.store.rescue(noon + 2 * minute, 3)
      expect(await deliveryRow(at, id)).toMatchObject({
        state: 'held',
        reason: 'unknown',
        unknowns: 1,
        settled_at: null,
      })
    })

    test('quarantines mail that so many workers died with', async () => {
      const at = await open()
      const { id } = await add(at)
      for (let death = 1, now = noon; death <= 3; death++, now += 2 * minute) {
        const worker = newWorker({ leaseUntil: now + minute })
        await at.store.registerWorker(worker)
        await claimOne(at, { workerId: worker.id, now })
        await at.store.rescue(now + minute, 3)
        expect(await deliveryRow(at, id)).toMatchObject(
          death < 3
            ? { state: 'queued', rescues: death }
            : { state: 'failed', reason: 'crashed-workers', settled_at: now + minute },
        )
      }
    })

    test('finds the claims of a worker that has no row any more', async () => {
      const at = await open()
      const worker = newWorker()
      await at.store.registerWorker(worker)
      const { id } = await add(at)
      await claimOne(at, { workerId: worker.id })
      await at.store.removeWorker(worker.id)
      expect(await at.store.rescue(noon, 3)).toEqual({ workers: 0, mails: 1 })
      expect(await deliveryRow(at, id)).toMatchObject({ state: 'queued' })
    })

    test('does not fail where the mail row of a claim was deleted by hand', async () => {
      const at = await open()
      const worker = newWorker()
      await at.store.registerWorker(worker)
      await addMany(at, [{}, {}])
      const [broken] = await claim(at, { workerId: worker.id })
      await at.database.query(`delete from ${at.engine.tables.mail} where id = ?`, [
        at.engine.id(broken?.mailId ?? ''),
      ])
      expect(await at.store.rescue(noon + 2 * minute, 3)).toEqual({ workers: 1, mails: 2 })
    })
  })

  describe('expiry', () => {
    test('fails mail that nobody has claimed, held mail too, and leaves the rest', async () => {
      const at = await open()
      const [queued, held, sending, fresh] = await addMany(at, [
        { expiresAt: noon + 1, sendAt: noon + minute },
        { expiresAt: noon + 2, sendAt: noon + minute },
        { expiresAt: noon + 3 },
        { expiresAt: noon + 2 * minute, sendAt: noon + minute },
      ])
      await at.store.act('hold', { id: held?.id ?? '' }, noon)
      await claimOne(at)
      expect(await at.store.expire(noon + minute, 1)).toBe(1)
      expect(await at.store.expire(noon + minute, 10)).toBe(1)
      expect(await at.store.expire(noon + minute, 10)).toBe(0)
      for (const one of [queued, held])
        expect(await deliveryRow(at, one?.id ?? '')).toMatchObject({
          state: 'failed',
          reason: 'expired',
          settled_at: noon + minute,
        })
      expect(await deliveryRow(at, sending?.id ?? '')).toMatchObject({ state: 'sending' })
      expect(await deliveryRow(at, fresh?.id ?? '')).toMatchObject({ state: 'queued' })
    })
  })

  describe('transports', () => {
    test('rest until they are woken, and remember since when and how often they failed', async () => {
      const at = await open()
      await at.store.backOffTransport('main', { until: noon + minute, reason: 'ECONNREFUSED', now: noon })
      await at.store.backOffTransport('main', {
        until: noon + 3 * minute,
        reason: 'EAUTH',
        now: noon + minute,
      })
      await at.store.backOffTransport('other', { until: noon, reason: 'ETLS', now: noon })
      expect(await at.store.transportBackoffs(noon)).toEqual([
        { name: 'main', backoffUntil: noon + 3 * minute, reason: 'EAUTH', since: noon, faults: 2 },
        { name: 'other', backoffUntil: noon, reason: 'ETLS', since: noon, faults: 1 },
      ])
      expect(await at.store.resumeTransport('main')).toBe(1)
      expect(await at.store.resumeTransport('main')).toBe(0)
      expect(await at.store.resumeTransport()).toBe(1)
      expect(await at.store.transportBackoffs(noon)).toEqual([])
    })
  })

  describe('pauses', () => {
    test('are listed with who, why and since when, and the first one stays', async () => {
      const at = await open()
      await at.store.pause({ stream: 'news', reason: 'a wrong link', who: 'ops', since: noon })
      await at.store.pause({ stream: 'news', reason: 'another', who: null, since: noon + 1 })
      expect(await at.store.pauses()).toEqual([
        { stream: 'news', reason: 'a wrong link', who: 'ops', since: noon },
      ])
    })

    test('that are over keep how long they were on, and no words, until long after', async () => {
      const at = await open()
      const { store } = at
      const mail = await add(at, { stream: 'news' })
      const pausesOf = async () => (await store.keptBack({ mailId: mail.id, stream: 'news' }, noon)).pauses
      await store.pause({ stream: 'news', reason: 'a wrong link', who: 'ops', since: noon })
      expect(await store.resume('news', noon + minute)).toBe(true)
      expect(await store.pauses()).toEqual([])
      const [row] = (await at.database.query(`select * from ${at.engine.tables.pause}`)).rows
      expect(row).toMatchObject({ reason: null, who: null })
      expect(await pausesOf()).toEqual([{ since: noon, endedAt: noon + minute, earlierMs: 0 }])
      await store.pause({ stream: 'news', reason: 'another', who: 'eve', since: noon + 5 * minute })
      expect(await store.pauses()).toEqual([
        { stream: 'news', reason: 'another', who: 'eve', since: noon + 5 * minute },
      ])
      expect(await pausesOf()).toEqual([{ since: noon + 5 * minute, endedAt: null, earlierMs: minute }])
      const sweep = (pinnedBefore: number) => store.sweep({ before: noon, pinnedBefore, limit: 9 })
      await sweep(noon + 99 * minute)
      expect(await store.resume('news', noon + 6 * minute)).toBe(true)
      await sweep(noon + 6 * minute)
      expect(await pausesOf()).toHaveLength(1)
      await sweep(noon + 6 * minute + 1)
      expect(await pausesOf()).toEqual([])
    })
  })

  describe('a turn against a rescue', () => {
    test('settles or is rescued, never both', async () => {
      const at = await open()
      const other = await at.another()
      for (let round = 0; round < 20; round++) {
        const worker = newWorker()
        await at.store.registerWorker(worker)
        const { id } = await add(at)
        const claimed = await claimOne(at, { workerId: worker.id, now: noon + 9 * minute })
        const [verdicts, saved] = await Promise.all([
          settleOnly(at, [settlingOf(claimed, 'rejected')]),
          other.store.rescue(noon + 9 * minute, 3),
        ])
        const row = await deliveryRow(at, id)
        expect([verdicts[0], saved.mails, row.state]).toEqual(
          saved.mails === 1 ? ['stale', 1, 'queued'] : ['settled', 0, 'failed'],
        )
        await at.store.act('cancel', { id }, noon)
      }
    })
  })
}
