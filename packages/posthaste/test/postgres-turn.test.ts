import { expect, test } from 'vitest'
import { describeDatabase } from './support/databases.ts'
import { addMany, claim, everything, newWorker, noon, openStore, settlingOf } from './support/store.ts'
import { until } from './support/wait.ts'

describeDatabase('postgres', 'a turn that waits to settle', (kind, fresh) => {
  test('claims nothing that was sent to some of its recipients meanwhile', async () => {
    const at = await openStore(kind, await fresh())
    const other = await at.another()
    const [first] = await addMany(at, [{}])
    const [held] = await claim(at)
    if (!first || !held) throw new Error('nothing was claimed')
    const [{ id } = { id: '' }] = await addMany(at, [{ to: ['ada@example.com', 'bob@example.com'] }])

    const turn = await other.database.transaction(async (tx) => {
      const { delivery } = at.engine.tables
      await tx.query(`select 1 from ${delivery} where mail_id = ? for update`, [first.id])
      const waiting = at.store.turn({
        workerId: newWorker().id,
        now: noon,
        settle: [settlingOf(held, 'accepted')],
        claim: [{ streams: ['default'], lanes: everything, limit: 5 }],
      })
      const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
      await until(async () => (await other.database.query(waits)).rows.length > 0)
      await sendToAda()
      return { waiting }
    })
    expect((await turn.waiting).claims).toEqual([])
    const [again] = await claim(at)
    expect(again?.recipients.map(({ state }) => state)).toEqual(['accepted', 'pending'])
    await at.close()

    /** Bob's server asks for patience, and his next attempt is due at once. */
    async function sendToAda(): Promise<void> {
      const [claimed] = await claim(other)
      if (!claimed) throw new Error(`${id} was not claimed`)
      const { settlement, attempt } = settlingOf(claimed, 'deferred')
      await other.store.turn({
        workerId: newWorker().id,
        now: noon,
        settle: [
          {
            settlement: {
              ...settlement,
              dueAt: noon,
              recipients: settlement.recipients.map((one) =>
                one.seq === 0 ? { ...one, state: 'accepted' } : one,
              ),
            },
            attempt,
          },
        ],
        claim: [],
      })
    }
  })
})
