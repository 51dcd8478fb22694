import { describe, expect, test } from 'vitest'
import type { Suppression } from '../../../src/store/store.ts'
import { minute, noon, type OpenStore } from '../../support/store.ts'

export function suppressionContract(open: () => Promise<OpenStore>): void {
  const entry = (address: string, given: Partial<Suppression> = {}): Suppression => ({
    address,
    stream: '',
    tenant: '',
    reason: 'bounce',
    origin: 'import',
    note: null,
    createdAt: noon,
    expiresAt: null,
    ...given,
  })

  describe('suppressions', () => {
    test('are added once and replaced afterwards', async () => {
      const { suppressions } = (await open()).store
      expect(await suppressions.add(entry('Ada@Example.com'))).toBe(true)
      expect(await suppressions.add(entry('ada@example.com', { reason: 'complaint', note: 'by post' }))).toBe(
        false,
      )
      expect(await suppressions.add(entry('ada@example.com', { stream: 'news' }))).toBe(true)
      expect(
        await suppressions.addMany([
          entry('bob@example.com'),
          entry('BOB@example.com'),
          entry('ada@example.com'),
        ]),
      ).toBe(1)
      expect((await suppressions.list({ limit: 9 })).items).toEqual([
        entry('ada@example.com'),
        entry('ada@example.com', { stream: 'news' }),
        entry('bob@example.com'),
      ])
    })

    test('are imported by the thousand', async () => {
      const { suppressions } = (await open()).store
      const many = Array.from({ length: 1_234 }, (_, n) => entry(`user${n}@example.com`))
      expect(await suppressions.addMany(many)).toBe(1_234)
      expect(await suppressions.addMany(many)).toBe(0)
    })

    test('are listed in pages, all or those that begin alike', async () => {
      const { suppressions } = (await open()).store
      await suppressions.addMany(
        ['c@x.example', 'b@x.example', '@x.example', 'ba@x.example'].map((address) => entry(address)),
      )
      await suppressions.add(entry('b@x.example', { stream: 'news' }))
      const seen: string[] = []
      for (let after: string | undefined; ; ) {
        const { items, next } = await suppressions.list({ limit: 2, after })
        seen.push(...items.map(({ address, stream }) => `${address} ${stream}`))
        if (next === undefined) break
        after = next
      }
      expect(seen).toEqual([
        '@x.example ',
        'b@x.example ',
        'b@x.example news',
        'ba@x.example ',
        'c@x.example ',
      ])
      expect((await suppressions.list({ limit: 9, match: 'B@' })).items).toHaveLength(2)
    })

    test('are asked by address, domain and stream, and end when they expire', async () => {
      const { suppressions } = (await open()).store
      await suppressions.addMany([
        entry('@example.com', { stream: 'news' }),
        entry('ada@example.com', { expiresAt: noon + minute }),
        entry('ada@example.com', { stream: 'other' }),
      ])
      const reasons = async (stream: string, now: number) =>
        (await suppressions.check('Ada@Example.com', { stream, tenant: '', now })).map(
          ({ address }) => address,
        )
      expect(await reasons('news', noon)).toEqual(['@example.com', 'ada@example.com'])
      expect(await reasons('default', noon)).toEqual(['ada@example.com'])
      expect(await reasons('default', noon + minute)).toEqual([])
      expect(await suppressions.purgeExpired(noon, 9)).toBe(0)
      expect(await suppressions.purgeExpired(noon + minute, 9)).toBe(1)
      expect((await suppressions.list({ limit: 9 })).items).toHaveLength(2)
    })

    test('are removed from the stream that is named', async () => {
      const { suppressions } = (await open()).store
      await suppressions.add(entry('ada@example.com'))
      expect(await suppressions.remove('ada@example.com', { stream: 'news', tenant: '' })).toBe(false)
      expect(await suppressions.remove('ADA@example.com', { stream: '', tenant: '' })).toBe(true)
      expect(await suppressions.remove('ada@example.com', { stream: '', tenant: '' })).toBe(false)
    })
  })
}
