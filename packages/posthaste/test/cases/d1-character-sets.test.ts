import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { openApp } from '../support/app-database.ts'
import { describeDatabase } from '../support/databases.ts'
import { add, claim, noon, openStore, settleOnly, settlingOf } from '../support/store.ts'

const [name, other] = ['почта@пример.example', 'мир@пример.example']

/** A mail's whole way in a database of this default: what is stored, compared, searched and shown. */
async function walk(kind: 'mariadb' | 'mysql', url: string): Promise<void> {
  const at = await openStore(kind, { url, drop: async () => {} })
  try {
    const about = { subject: 'Ваш заказ', tenant: 'магазин', tags: ['заказ'], metadata: '"имя"' }
    const { id } = await add(at, { ...about, to: [name, 'ada@example.com'], idempotencyKey: 'ключ' })
    await add(at, { to: [other], tenant: 'другой' })
    await at.store.suppressions.add({
      ...{ address: 'ada@example.com', stream: '', reason: 'manual', origin: 'тест', note: null },
      ...{ tenant: '', createdAt: noon, expiresAt: null },
    })
    const [one] = (await claim(at)).filter(({ mailId }) => mailId === id)
    expect(one?.recipients.map(({ address, state }) => [address, state])).toEqual([
      [name, 'pending'],
      ['ada@example.com', 'suppressed'],
    ])
    if (one) await settleOnly(at, [settlingOf(one, 'accepted', { text: 'принято' })])
    const { items } = await at.store.find({ to: name, tenant: 'магазин', subject: 'ваш' }, { limit: 10 })
    expect(items).toMatchObject([
      { id, state: 'sent', subject: 'Ваш заказ', tags: ['заказ'], metadata: 'имя' },
    ])
    expect((await at.store.attempts(id))[0]?.recipients[0]).toMatchObject({ address: name, text: 'принято' })
    expect(await at.store.forget(name, noon)).toBe(1)
    expect((await at.store.find({ to: other }, { limit: 10 })).items).toHaveLength(1)
  } finally {
    await at.close()
  }
}

for (const kind of ['mariadb', 'mysql'] as const)
  describeDatabase(kind, 'D1, D2: a database', (_kind, fresh) => {
    /** Of every character set there is one database, with the server's own default collation of it. */
    test('of every character set and several collations stores what it is given', {
      timeout: 120_000,
    }, async () => {
      const { url } = await fresh()
      const root = await openApp(kind, url)
      const sets = (await root.run('show character set')).map(
        (row) => `character set ${Object.values(row)[0]}`,
      )
      const collations = ['utf8mb4_bin', 'utf8mb4_general_ci', 'utf8mb4_unicode_ci', 'latin1_bin']
      const defaults = [...sets, ...collations.map((one) => `collate ${one}`)]
      const wrong: string[] = []
      for (const given of defaults) {
        const database = `${new URL(url).pathname.slice(1)}_d`
        await root.run(`create database ${database} ${given}`)
        const there = new URL(url)
        there.pathname = `/${database}`
        await walk(kind, there.href).catch((error: Error) => wrong.push(`${given}: ${error.message}`))
        await root.run(`drop database ${database}`)
      }
      await root.close()
      expect(wrong).toEqual([])
      expect(sets.length).toBeGreaterThan(10)
    })
  })

describeDatabase('postgres', 'D1: a database of PostgreSQL', (_kind, fresh) => {
  test.each(['SQL_ASCII', 'LATIN1', 'EUC_JP'])(
    'in %s is refused in words, before anything is stored',
    async (encoding) => {
      const { url } = await fresh()
      const root = await openApp('postgres', url)
      const there = new URL(url)
      there.pathname = `${there.pathname}_e`
      const database = there.pathname.slice(1)
      await root.run(
        `create database ${database} encoding '${encoding}' lc_collate 'C' lc_ctype 'C' template template0`,
      )
      const mail = createMailQueue({ database: there.href })
      await expect(mail.migrate()).rejects.toThrow(`its encoding is ${encoding}`)
      await expect(mail.stats()).rejects.toThrow('PH_DATABASE_VERSION')
      await mail.close()
      await root.run(`drop database ${database} with (force)`)
      await root.close()
    },
  )
})
