import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { openApp } from '../support/app-database.ts'
import { describeDatabase, type ServerKind, serverKinds } from '../support/databases.ts'
import { librariesOn } from './libraries.ts'
import { type Library, Undo, undone } from './library.ts'

const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Side', text: 'by side' }
const attachments = [{ filename: 'same.bin', content: Buffer.alloc(300_000, 'same') }]

/** What asks for a stricter level than the database's own, and what takes that back for the next transaction. */
const strict: Record<ServerKind, [level: string, end: string][]> = {
  postgres: [
    ['set transaction isolation level repeatable read', ''],
    ['set transaction isolation level serializable', ''],
  ],
  mariadb: [['set session innodb_snapshot_isolation = 1', 'set session innodb_snapshot_isolation = 0']],
  // It has no such level: its locking reads see what was committed meanwhile.
  mysql: [],
}

/** So long a statement waits for another transaction's lock. */
const shortWait: Record<ServerKind, string> = {
  postgres: '',
  mariadb: 'set session innodb_lock_wait_timeout = 5',
  mysql: 'set session innodb_lock_wait_timeout = 5',
}

// SQLite has one writer at a time.
for (const kind of serverKinds)
  describeDatabase(kind, 'transactions side by side', (_, fresh) => {
    let url: string
    let mail: MailQueue<'default'>

    beforeAll(async () => {
      url = (await fresh()).url
      mail = createMailQueue({ database: url, delivery: 'capture' })
      await mail.migrate()
      const app = await openApp(kind, url)
      await app.close()
    })

    afterAll(() => mail.close())

    describe.each(librariesOn(kind))('of $name', ({ name, connect }) => {
      let library: Library

      beforeAll(async () => {
        library = await connect(url)
      })

      afterAll(() => library.close())

      // InnoDB rarely lets one row's insert wait for a neighbour's commit: seen once in some 2,500 such pairs. The
      // waiting side is told to run again. A lock that is always taken fails the second time too.
      test('neither wait for each other nor let their mail be seen', async () => {
        const seen = await bothAtOnce().catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'PH_SERIALIZATION' })
          return bothAtOnce()
        })
        expect(seen).toEqual([undefined, undefined, undefined, undefined])
        expect((await mail.find({ tag: name, state: 'queued' })).items).toHaveLength(4)
      })

      /** What each of two transactions sees of the mails of both, before either commits. */
      async function bothAtOnce(): Promise<unknown[]> {
        const [all, looked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        const ids: string[] = []
        const seen: unknown[] = []
        const side = (one: string) =>
          library.transaction(async (tx) => {
            if (shortWait[kind]) await library.run(tx, shortWait[kind])
            const options = { idempotencyKey: `${name} ${one}`, tags: [name] }
            const { id } = await mail.enqueueIn(tx, { ...letter, attachments }, options)
            await mail.enqueueManyIn(tx, [{ mail: { ...letter, attachments }, tags: [name] }])
            // Neither ends before both have stored theirs: who waited for the other would wait for ever.
            if (ids.push(id) === 2) all.resolve()
            await all.promise
            seen.push(...(await Promise.all(ids.map((each) => mail.get(each)))))
            if (seen.length === 4) looked.resolve()
            await looked.promise
          })
        const sides = [side('one'), side('other')]
        for (const each of sides) each.catch(all.reject)
        for (const ended of await Promise.allSettled(sides))
          if (ended.status === 'rejected') throw ended.reason
        return seen
      }

      test.each(strict[kind])(
        'under %s are asked to run again when they use the same key',
        async (level, end) => {
          const options = { idempotencyKey: `${name} ${level}` }
          const errors: unknown[] = []
          await undone(
            library.transaction(async (tx) => {
              await library.run(tx, level)
              await library.run(tx, 'select count(*) from app_order')
              await mail.enqueue(letter, options)
              await mail.enqueueIn(tx, letter, options).catch((error: unknown) => errors.push(error))
              if (end) await library.run(tx, end)
              throw new Undo()
            }),
          )
          expect(errors).toEqual([expect.objectContaining({ code: 'PH_SERIALIZATION' })])
          await library.transaction(async (tx) => {
            await library.run(tx, level)
            expect(await mail.enqueueIn(tx, letter, options)).toMatchObject({ status: 'duplicate' })
            if (end) await library.run(tx, end)
          })
        },
      )
    })
  })
