import { describe, expect, test } from 'vitest'
import { addMany, claim, everything, noon, type OpenStore } from '../../support/store.ts'

export function claimGivenContract(open: () => Promise<OpenStore>): void {
  describe('claiming among given mails', () => {
    test('takes only these, of these only what is due in the streams asked for, and nothing at all among none', async () => {
      const at = await open()
      const added = await addMany(at, [
        {},
        { priority: 'low' },
        { priority: 'high' },
        { sendAt: noon + 1 },
        { stream: 'other' },
        {},
      ])
      const ids = added.map(({ id }) => id)
      expect(await claimAmong(at, [])).toEqual([])
      expect(await claimAmong(at, ids.slice(0, 5), 1)).toEqual([ids[2]])
      expect(await claimAmong(at, ids.slice(0, 5))).toEqual([ids[0], ids[1]])
      expect(await claimAmong(at, ids.slice(0, 5))).toEqual([])
      expect((await claim(at)).map(({ mailId }) => mailId)).toEqual([ids[5]])
    })

    test('leaves those of a paused stream alone', async () => {
      const at = await open()
      const [one] = await addMany(at, [{}])
      await at.store.pause({ stream: 'default', reason: null, who: null, since: noon })
      expect(await claimAmong(at, [one?.id ?? ''])).toEqual([])
      await at.store.resume('default', noon)
      expect(await claimAmong(at, [one?.id ?? ''])).toEqual([one?.id])
    })
  })
}

async function claimAmong({ store }: OpenStore, ids: readonly string[], limit = 10): Promise<string[]> {
  const { claims } = await store.turn({
    workerId: '01980000-0000-7000-8000-000000000001',
    now: noon,
    settle: [],
    claim: [{ streams: ['default'], lanes: everything, limit }],
    ids,
  })
  return claims.map(({ mailId }) => mailId)
}
