import { expect, onTestFinished, test } from 'vitest'
import type { Executor } from '../../src/connections/database.ts'
import { newId } from '../../src/ids.ts'
import { duePairs } from '../../src/store/delivery/due-pairs.ts'
import { enqueueStoreFor } from '../../src/store/engine-for.ts'
import { mysqlClaim } from '../../src/store/mysql/claim.ts'
import type { MysqlEngine } from '../../src/store/mysql/variants.ts'
import { runSteps } from '../../src/store/statement.ts'
import { describeDatabase } from '../support/databases.ts'
import { addMany, claim, everything, newEntry, noon, type OpenStore, openStore } from '../support/store.ts'

/** `POSTHASTE_TEST_OPEN_MAILS=60000` is the whole case, and prints how long claims take. */
const open = Number(process.env.POSTHASTE_TEST_OPEN_MAILS ?? 1_000)
const atOnce = 500

/** A claim of ten, and how many rows it locked. */
async function lockingClaim(at: OpenStore): Promise<{ claims: number; locked: number }> {
  const request = { streams: ['default'], lanes: everything, limit: 10 }
  const turn = { workerId: newId(), now: noon, settle: [], claim: [request] }
  const pairs = await duePairs(at.database, turn, at.engine)
  return at.database.transaction(async (tx) => {
    const { length } = await mysqlClaim(tx, turn, { pairs, engine: at.engine as MysqlEngine })
    return { claims: length, locked: await rowsLocked(tx) }
  })
}

async function rowsLocked(tx: Executor): Promise<number> {
  const { rows } = await tx.query(`select trx_rows_locked as locked from information_schema.innodb_trx
    where trx_mysql_thread_id = connection_id()`)
  return Number(rows[0]?.locked)
}

for (const kind of ['mariadb', 'mysql'] as const)
  describeDatabase(kind, 'D13: mails of a transaction that stays open', (_kind, fresh) => {
    test('are not locked by claims of what was due after them, and are claimed once they are committed', async () => {
      const at = await openStore(kind, await fresh())
      onTestFinished(() => at.close())
      const other = await at.another()
      await other.database.transaction(async (tx) => {
        for (let stored = 0; stored < open; stored += atOnce) {
          const entries = Array.from({ length: atOnce }, () => newEntry({ sendAt: noon - 2 }))
          await runSteps(enqueueStoreFor(other.engine).addMails(entries, new WeakSet()), tx)
        }
        await addMany(at, [{ sendAt: noon - 1 }, { sendAt: noon }, { sendAt: noon }])
        const { claims, locked } = await lockingClaim(at)
        expect(claims).toBe(3)
        expect(locked).toBeGreaterThan(0)
        expect(locked).toBeLessThan(50)
        if (process.env.POSTHASTE_TEST_OPEN_MAILS) await tellTimes(at)
      })
      expect(await claim(at)).toHaveLength(10)
    }, 300_000)
  })

async function tellTimes(at: OpenStore): Promise<void> {
  const times: number[] = []
  for (let n = 0; n < 20; n++) {
    await addMany(at, [{}])
    const began = performance.now()
    await claim(at)
    times.push(Math.round(performance.now() - began))
  }
  console.log(
    `${at.kind}: ${open} mails of an open transaction, claims of one other took ${times.join(', ')} ms`,
  )
}
