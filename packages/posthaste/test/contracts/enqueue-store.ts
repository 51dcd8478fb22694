import { afterEach, expect, test } from 'vitest'
import type { Executor } from '../../src/connections/database.ts'
import { newId } from '../../src/ids.ts'
import { enqueueStoreFor } from '../../src/store/engine-for.ts'
import type { EnqueueStore, StoreGuard } from '../../src/store/enqueue-store.ts'
import { runSteps, type Steps } from '../../src/store/statement.ts'
import type { DatabaseSuite } from '../support/databases.ts'
import { claim, countRows, newContent, newEntry, noon, type OpenStore, openStore } from '../support/store.ts'
import { emptyTables } from '../support/store-rows.ts'

class Undo extends Error {}

/** The law that writing mail keeps on every database. */
export const enqueueStoreContract: DatabaseSuite = (kind, fresh) => {
  let opened: Promise<OpenStore & { writes: EnqueueStore }> | undefined
  const open = () => {
    opened ??= fresh()
      .then((database) => openStore(kind, database))
      .then((at) => ({ ...at, writes: enqueueStoreFor(at.engine) }))
    return opened
  }
  afterEach(async () => {
    if (opened) await emptyTables(await opened)
  })

  const newGuard = (outer?: StoreGuard): StoreGuard =>
    kind === 'postgres'
      ? { by: 'setting', name: `posthaste.test_${newId().slice(-6)}`, token: newId(), outer }
      : { by: 'row', token: newId(), outer }
  const site = async ({ writes, database }: Awaited<ReturnType<typeof open>>) => ({
    identity: await runSteps(writes.serverIdentity(), database),
  })
  const on =
    (tx: Executor) =>
    <T>(steps: Steps<T>) =>
      runSteps(steps, tx)

  test('mails that are added are claimable when their transaction commits, and gone when it does not', async () => {
    const at = await open()
    const adding = (mail: string) => (tx: Executor) =>
      on(tx)(at.writes.addMails([newEntry({ subject: mail }), newEntry()], new WeakSet()))
    const undone = at.database.transaction(async (tx) => {
      await adding('undone')(tx)
      throw new Undo()
    })
    await expect(undone).rejects.toThrow(Undo)
    expect(await claim(at)).toEqual([])
    const added = await at.database.transaction(adding('kept'))
    expect((await claim(at)).map(({ mailId }) => mailId).sort()).toEqual(added.map(({ id }) => id).sort())
  })

  test('what may go without a transaction is stored whole by it', async () => {
    const at = await open()
    const entry = newEntry()
    const run = (tx: Executor) => on(tx)(at.writes.addMails([entry], new WeakSet()))
    await (at.writes.isOneStatement([entry]) ? run(at.database) : at.database.transaction(run))
    expect(await claim(at)).toHaveLength(1)
    const large = newEntry({ body: { contents: [newContent(Buffer.alloc(9))] } })
    expect(at.writes.isOneStatement([large])).toBe(false)
  })

  test('nothing is claimable before the deliveries are inserted', async () => {
    const at = await open()
    const entry = newEntry({ body: { contents: [newContent(Buffer.alloc(300_000))] } })
    const there = await site(at)
    const storing = (makesDeliverable: boolean) => async (tx: Executor) => {
      const run = on(tx)
      const guard = newGuard()
      await run(at.writes.acquireGuard(guard, there))
      const insertDeliveries = await run(at.writes.insertContents([entry], { guard, written: new WeakSet() }))
      if (makesDeliverable) await run(insertDeliveries())
      await run(at.writes.releaseGuard(guard, true))
    }
    await at.database.transaction(storing(false))
    expect(await claim(at)).toEqual([])
    await emptyTables(at)
    await at.database.transaction(storing(true))
    expect(await claim(at)).toHaveLength(1)
  })

  test('under the guard of another transaction nothing is stored', async () => {
    const at = await open()
    const there = await site(at)
    const guard = newGuard()
    const ended = at.database.transaction(async (tx) => {
      await on(tx)(at.writes.acquireGuard(guard, there))
      throw new Undo()
    })
    await expect(ended).rejects.toThrow(Undo)
    const storing = at.database.transaction(async (tx) => {
      const run = on(tx)
      expect(await run(at.writes.guardHolds(guard))).toBe(false)
      const insert = await run(at.writes.insertContents([newEntry()], { guard, written: new WeakSet() }))
      return run(insert())
    })
    await expect(storing).rejects.toMatchObject({ code: 'PH_TRANSACTION_ENDED' })
    expect(await countRows(at, 'mail')).toBe(0)
  })

  test('nor is it under a guard inside of one that is over', async () => {
    const at = await open()
    const there = await site(at)
    const inner = newGuard(newGuard())
    const storing = at.database.transaction(async (tx) => {
      const run = on(tx)
      await run(at.writes.acquireGuard(inner, there))
      const insert = await run(
        at.writes.insertContents([newEntry()], { guard: inner, written: new WeakSet() }),
      )
      return run(insert())
    })
    await expect(storing).rejects.toMatchObject({
      code: expect.stringMatching(/^PH_(TRANSACTION_ENDED|NO_TRANSACTION)$/),
    })
    expect(await countRows(at, 'mail')).toBe(0)
  })

  test('a guard holds inside its transaction, is committed for no other before its end, and leaves nothing', async () => {
    const at = await open()
    const there = await site(at)
    const other = await at.another()
    const guard = newGuard()
    await at.database.transaction(async (tx) => {
      const run = on(tx)
      await run(at.writes.acquireGuard(guard, there))
      expect(await run(at.writes.guardHolds(guard))).toBe(true)
      expect(await runSteps(at.writes.isCommitted(guard), other.database)).toBe(false)
      await run(at.writes.releaseGuard(guard, true))
    })
    expect(await countRows(at, 'meta')).toBe(0)
  })

  test.skipIf(kind === 'sqlite' || kind === 'mysql')(
    'a guard is refused where no transaction is open',
    async () => {
      const at = await open()
      // SQLite's connections and MySQL's answers tell it to the handle.
      const acquiring = runSteps(at.writes.acquireGuard(newGuard(), await site(at)), at.database)
      await expect(acquiring).rejects.toMatchObject({ code: 'PH_NO_TRANSACTION' })
    },
  )

  test.skipIf(kind === 'sqlite' || kind === 'postgres')('a guard is refused on another server', async () => {
    const at = await open()
    // PostgreSQL's tells where it is, and the caller compares.
    const acquiring = at.database.transaction((tx) =>
      on(tx)(at.writes.acquireGuard(newGuard(), { identity: 'elsewhere/3306' })),
    )
    await expect(acquiring).rejects.toMatchObject({ code: 'PH_WRONG_DATABASE' })
  })

  test('every connection tells the same identity', async () => {
    const at = await open()
    const other = await at.another()
    expect(await site(at)).toEqual({
      identity: await runSteps(at.writes.serverIdentity(), other.database),
    })
  })

  test('the statements that are collected store nothing until they are run, and then the whole mail', async () => {
    const at = await open()
    const entry = newEntry({ tags: ['a'], to: ['ada@example.com', 'bob@example.com'] })
    const statements = await at.writes.collectStatements(entry, at.database)
    expect(await countRows(at, 'mail')).toBe(0)
    await at.database.transaction(async (tx) => {
      for (const { sql, params } of statements) await tx.query(sql, params)
    })
    const [claimed] = await claim(at)
    expect(claimed?.recipients.map(({ address }) => address)).toEqual(['ada@example.com', 'bob@example.com'])
  })

  test('a content is stored by itself, in chunks', async () => {
    const at = await open()
    const content = newContent(Buffer.alloc(600_000, 'x'))
    const chunks = await at.database.transaction((tx) =>
      on(tx)(at.writes.putContent(content, { now: noon, pinned: 1 })),
    )
    expect(chunks).toBe(await countRows(at, 'chunk'))
    expect(await at.store.chunk(content.id, chunks)).toBeUndefined()
    expect(await at.store.chunk(content.id, chunks - 1)).toBeDefined()
  })
}
