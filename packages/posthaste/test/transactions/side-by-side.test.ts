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

      test('neither wait for each other nor let their mail be seen', async () => {
        const [all, looked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        const ids: string[] = []
        const seen: unknown[] = []
        const side = (one: string) =>
          library.transaction(async (tx) => {
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
        await Promise.all([side('one'), side('other')])
        expect(seen).toEqual([undefined, undefined, undefined, undefined])
        expect((await mail.find({ tag: name, state: 'queued' })).items).toHaveLength(4)
      })

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
