import { describe, expect, test } from 'vitest'
import { bookmarkKey } from '../../../src/store/store.ts'
import { addMany, claim, noon, type OpenStore } from '../../support/store.ts'

export function claimFromContract(open: () => Promise<OpenStore>): void {
  describe('claiming from a bookmark on', () => {
    test('passes over what was due before a bookmark, in its lane of its stream alone, and never a pause', async () => {
      const at = await open()
      const added = await addMany(at, [
        { sendAt: noon - 9 },
        { sendAt: noon - 5 },
        { sendAt: noon - 7, priority: 'high' },
        { sendAt: noon - 7, stream: 'other' },
        { sendAt: noon - 5 },
      ])
      const ids = added.map(({ id }) => id)
      const from = new Map([[bookmarkKey('default', 2), noon - 5]])
      const streams = ['default', 'other']
      await at.store.pause({ stream: 'default', reason: null, who: null, since: noon })
      expect((await claim(at, { streams, from })).map(({ mailId }) => mailId)).toEqual([ids[3]])
      await at.store.resume('default', noon)
      const claims = await claim(at, { streams, from })
      expect(claims.map(({ mailId }) => mailId)).toEqual([ids[2], ids[1], ids[4]])
      expect((await claim(at, { streams })).map(({ mailId }) => mailId)).toEqual([ids[0]])
    })

    test('gives the last mail of the first lane that was due by a time, else the first that is due', async () => {
      const at = await open()
      const added = await addMany(at, [
        { sendAt: noon - 9 },
        { sendAt: noon - 7 },
        { sendAt: noon - 5 },
        { sendAt: noon + 5 },
        { sendAt: noon - 8, priority: 'low' },
      ])
      const ids = added.map(({ id }) => id)
      const lastOf = async (lastOf: number) =>
        (await claim(at, { limit: 1, lastOf })).map(({ mailId }) => mailId)
      expect(await lastOf(noon - 6)).toEqual([ids[1]])
      expect(await lastOf(noon + 9)).toEqual([ids[2]])
      expect(await lastOf(noon - 99)).toEqual([ids[0]])
      expect(await lastOf(noon)).toEqual([ids[4]])
      expect(await lastOf(noon)).toEqual([])
    })

    test('gives as many of the last as are wanted, and all of a lane that has fewer', async () => {
      const at = await open()
      const added = await addMany(at, [
        { sendAt: noon - 9 },
        { sendAt: noon - 7 },
        { sendAt: noon - 5 },
        { sendAt: noon - 3 },
        { sendAt: noon - 8, priority: 'low' },
      ])
      const ids = added.map(({ id }) => id)
      const lastOf = async (limit: number, lastOf: number) =>
        (await claim(at, { limit, lastOf })).map(({ mailId }) => mailId)
      expect(await lastOf(2, noon - 4)).toEqual([ids[1], ids[2]])
      expect(await lastOf(3, noon)).toEqual([ids[0], ids[3], ids[4]])
    })

    test('passes over mail whose due time is none', async () => {
      const at = await open()
      const [edited, good] = await addMany(at, [{ sendAt: noon - 9 }, { sendAt: noon - 7 }])
      await at.database.query(`update ${at.engine.tables.delivery.sql} set due_at = -9 where mail_id = ?`, [
        at.engine.id(edited?.id ?? ''),
      ])
      expect(await at.store.nextDue(['default'])).toBe(noon - 7)
      expect((await claim(at, { limit: 5 })).map(({ mailId }) => mailId)).toEqual([good?.id])
    })
  })
}
