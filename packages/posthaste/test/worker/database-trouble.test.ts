import { expect, test } from 'vitest'
import { openApp } from '../support/app-database.ts'
import { describeDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { until } from '../support/wait.ts'

const troubles = {
  'turns read-only': {
    begin: 'set default_transaction_read_only = on',
    end: 'reset default_transaction_read_only',
    says: /read-only/,
  },
  'gives no more connections': {
    begin: 'connection limit 0',
    end: 'connection limit -1',
    says: /too many connections/,
  },
} as const

describeDatabase('postgres', 'a worker whose database', (_kind, fresh) => {
  test.each(Object.entries(troubles))(
    '%s says so, takes up its work again by itself, and loses and doubles nothing that it cannot flag',
    async (_what, { begin, end, says }) => {
      const { url: asRoot } = await fresh()
      const root = await openApp('postgres', asRoot)
      const user = `u_${new URL(asRoot).pathname.slice(1)}`
      await root.run(`create role ${user} login`)
      await root.run(`grant create on database ${new URL(asRoot).pathname.slice(1)} to ${user}`)
      const asUser = new URL(asRoot)
      asUser.username = user
      const url = asUser.href
      await using line = await openLine(url)
      const many = 200
      await line.mail.enqueueMany(
        Array.from({ length: many }, (_, i) => ({ mail: letter(`${i}@example.com`) })),
      )
      const worker = await workerProcess(
        { database: url, transports: { default: line.smtp.url } },
        { lease: '2s' },
      )
      await line.smtp.mails(20, { timeout: 30_000 })
      await root.run(`alter role ${user} ${begin}`)
      await root.run(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${user}'`)
      await until(() => worker.said.some((one) => says.test(String(one.error))), { timeout: 30_000 })
      await expect(line.mail.enqueue(letter('refused@example.com'))).rejects.toThrow(says)
      await root.run(`alter role ${user} ${end}`)
      await line.mail.enqueue(letter('again@example.com'))
      await until(async () => (await line.mail.count({ state: 'sent' }).catch(() => 0)) === many + 1, {
        timeout: 60_000,
      })
      const copies = Map.groupBy(line.smtp.received, ({ to }) => to[0] ?? '')
      expect(copies.size).toBe(many + 1)
      for (const [address, { length }] of copies)
        if (length > 1) expect((await line.mail.find({ to: address })).items[0]?.unknowns).toBeGreaterThan(0)
      worker.process.kill('SIGTERM')
      expect(await worker.ended).toBe(0)
      await line.mail.close()
      await root.run(`drop owned by ${user} cascade`)
      await root.run(`drop role ${user}`)
      await root.close()
    },
    120_000,
  )
})
