import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { type SmtpServer, startSmtp } from '../support/smtp.ts'
import { type Library, Undo, undone } from './library.ts'

const subject = 'Ünïcode ✉ 🎉'

/** Two queues on the app's database, and where their mail goes. */
export interface Queues {
  readonly smtp: SmtpServer
  readonly mail: MailQueue<'default'>
  readonly second: MailQueue<'default'>
  close(): Promise<void>
}

export async function openQueues(database: unknown): Promise<Queues> {
  const smtp = await startSmtp()
  const transports = { default: smtp.url }
  const mail = createMailQueue({ database, transports })
  const second = createMailQueue({ database, transports, schema: 'second', prefix: 'second_' })
  await mail.migrate()
  await second.migrate()
  const close = async () => {
    await Promise.all([mail.close(), second.close()])
    await smtp.close()
  }
  return { smtp, mail, second, close }
}

interface Case {
  connect(): Promise<Library>
  queues(): Queues
  orders(): Promise<string[]>
  /** Its answer shows how the app has its driver read values. */
  readonly question: string
}

/** What must hold of the transactions of every library. `queues` and `orders` are asked once the suite has begun. */
export function conformance(name: string, { connect, queues, orders, question }: Case): void {
  describe(`a transaction of ${name}`, () => {
    let library: Library
    let smtp: SmtpServer
    let mail: MailQueue<'default'>
    let second: MailQueue<'default'>

    beforeAll(async () => {
      ;({ smtp, mail, second } = queues())
      library = await connect()
    })

    afterAll(() => library.close())

    async function delivered(): Promise<string[]> {
      const before = smtp.received.length
      await mail.deliverDue()
      await second.deliverDue()
      return smtp.received
        .slice(before)
        .flatMap(({ to }) => to)
        .sort()
    }

    test('that commits stores its mail with its data, and it is delivered', async () => {
      const { id } = await library.transaction(async (tx) => {
        await library.run(tx, `insert into app_order values ('${name} committed')`)
        return mail.enqueueIn(tx, letter('committed'))
      })
      expect(await mail.get(id)).toMatchObject({ state: 'queued', subject })
      expect(await delivered()).toEqual(['committed@example.com'])
      expect(await orders()).toContain(`${name} committed`)
      expect((await smtp.received.at(-1)?.parsed())?.subject).toBe(subject)
    })

    test('that rolls back leaves no trace', async () => {
      await undone(
        library.transaction(async (tx) => {
          await library.run(tx, `insert into app_order values ('${name} undone')`)
          await mail.enqueueIn(tx, letter('undone'), { tags: ['undone'], idempotencyKey: 'undone' })
          await mail.enqueueManyIn(tx, [{ mail: letter('undone'), tags: ['undone'] }])
          throw new Undo()
        }),
      )
      expect(await delivered()).toEqual([])
      expect(await orders()).not.toContain(`${name} undone`)
      expect((await mail.find({ tag: 'undone' })).items).toEqual([])
    })

    test('whose savepoint is rolled back loses only the mail of that', async ({ skip }) => {
      const failure = await library
        .transaction(async (tx) => {
          await mail.enqueueIn(tx, letter('before'))
          await library.run(tx, 'savepoint app')
          await mail.enqueueIn(tx, letter('inside'))
          await library.run(tx, 'rollback to savepoint app')
          await mail.enqueueIn(tx, letter('after'))
        })
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      // Prisma sends a savepoint as a prepared statement, which MySQL itself refuses.
      if (/prepared statement protocol/.test(String(failure))) return skip('no savepoints by Prisma on MySQL')
      if (failure !== undefined) throw failure
      expect(await delivered()).toEqual(['after@example.com', 'before@example.com'])
    })

    test('inside of which the library begins another loses only the mail of that, if it is undone', async ({
      skip,
    }) => {
      const { nested } = library
      if (!nested) return skip('the library has none')
      await library.transaction(async (tx) => {
        await mail.enqueueIn(tx, letter('before'))
        await undone(
          nested(tx, async (inner) => {
            await mail.enqueueIn(inner, letter('inside'), { idempotencyKey: 'inside' })
            await mail.enqueueManyIn(inner, [{ mail: letter('inside') }])
            throw new Undo()
          }),
        )
        await nested(tx, (inner) => mail.enqueueIn(inner, letter('kept'), { idempotencyKey: `${name} kept` }))
        await mail.enqueueIn(tx, letter('after'))
      })
      expect(await delivered()).toEqual(['after@example.com', 'before@example.com', 'kept@example.com'])
    })

    test('reads values afterwards as it did before', async () => {
      const [before, after] = await library.transaction(async (tx) => {
        const first = await library.run(tx, question)
        await mail.enqueueIn(tx, letter('read'), { idempotencyKey: `${name} read`, metadata: { n: 1 } })
        await mail.enqueueManyIn(tx, [{ mail: letter('read') }])
        return [first, await library.run(tx, question)]
      })
      expect(plainly(before)).toContain('big_number')
      expect(plainly(after)).toBe(plainly(before))
      expect(await delivered()).toEqual(['read@example.com', 'read@example.com'])
    })

    test('takes many mails, large ones, and those of two queues', async () => {
      const attachments = [{ filename: 'a.bin', content: Buffer.alloc(5_000_000, 'ä\0ß') }]
      const prepared = await mail.prepare({ ...letter('large'), attachments })
      await library.transaction(async (tx) => {
        await mail.enqueueIn(tx, prepared)
        await mail.enqueueManyIn(
          tx,
          Array.from({ length: 30 }, () => ({ mail: letter('many') })),
          { chunk: 20 },
        )
        await second.enqueueIn(tx, letter('second'))
        await Promise.all([mail.enqueueIn(tx, letter('side')), mail.enqueueIn(tx, letter('side'))])
      })
      const to = await delivered()
      expect(to).toHaveLength(34)
      expect(new Set(to)).toEqual(
        new Set(['large', 'many', 'second', 'side'].map((one) => `${one}@example.com`)),
      )
      const parsed = await smtp.received.find(({ to: [one] }) => one === 'large@example.com')?.parsed()
      expect(
        Buffer.from(parsed?.attachments[0]?.content as ArrayBuffer).equals(
          attachments[0]?.content ?? Buffer.alloc(0),
        ),
      ).toBe(true)
    }, 60_000)

    test('goes on after a key that another mail has, and after bad input', async () => {
      const first = await mail.enqueue(letter('key'), { idempotencyKey: name })
      await library.transaction(async (tx) => {
        await expect(mail.enqueueIn(tx, letter('other'), { idempotencyKey: name })).rejects.toMatchObject({
          code: 'PH_IDEMPOTENCY_CONFLICT',
        })
        expect(await mail.enqueueIn(tx, letter('key'), { idempotencyKey: name })).toMatchObject({
          id: first.id,
          status: 'duplicate',
        })
        await expect(mail.enqueueIn(tx, { ...letter('x'), to: 'nobody' })).rejects.toMatchObject({
          code: 'PH_ADDRESS_INVALID',
        })
        await library.run(tx, `insert into app_order values ('${name} went on')`)
      })
      expect(await orders()).toContain(`${name} went on`)
      expect(await delivered()).toEqual(['key@example.com'])
    })

    test('is needed: what stands outside of one is refused, and so is one that has ended', async () => {
      await expect(mail.enqueueIn(library.outside ?? {}, letter('outside'))).rejects.toMatchObject({
        code: expect.stringMatching(/^PH_(POOL_AS|NO)_TRANSACTION$/),
        message: saysWhat,
      })
      let ended: object = {}
      await library.transaction(async (tx) => {
        ended = tx
        await library.run(tx, 'select 1')
      })
      await expect(mail.enqueueIn(ended, letter('ended'))).rejects.toMatchObject({
        code: expect.stringMatching(/^PH_(TRANSACTION_ENDED|NO_TRANSACTION|DATABASE_UNREACHABLE)$/),
        message: saysWhat,
      })
      expect(await delivered()).toEqual([])
    })

    test.each([0, 1, 2, 3, 5, 8, 13])(
      'that is rolled back %i turns after a forgotten enqueue delivers nothing',
      async (turns) => {
        const forgotten: Promise<unknown>[] = []
        await undone(
          library.transaction(async (tx) => {
            await library.run(tx, 'select 1')
            forgotten.push(
              mail.enqueueIn(tx, letter('forgotten')),
              mail.enqueueIn(tx, letter('forgotten'), { idempotencyKey: 'f' }),
            )
            for (const one of forgotten) one.catch(() => {})
            for (let n = 0; n < turns; n++) await undefined
            throw new Undo()
          }),
        )
        const codes = library.transaction(async (tx) => {
          await library.run(tx, 'select 1')
          return library.losesLate ? [] : Promise.all(forgotten.map(codeOf))
        })
        for (const code of await codes)
          expect(code).toMatch(/^(stored|PH_TRANSACTION_ENDED|PH_NO_TRANSACTION)$/)
        expect(await delivered()).toEqual([])
      },
    )
  })
}

async function codeOf(enqueueing: Promise<unknown>): Promise<string> {
  return enqueueing.then(
    () => 'stored',
    (error: Error & { code?: string }) => error.code ?? error.message,
  )
}

/** Between what happened and what to do. */
const saysWhat = expect.stringMatching(/^[^:.]+: .+\. .+ \[PH_\w+\]$/s)

/** The rows alone: what stands around them differs from answer to answer. */
function plainly(answer: unknown): string {
  const rows = Object(answer).rows ?? (Array.isArray(answer) && Array.isArray(answer[0]) ? answer[0] : answer)
  return inspect(rows, { depth: 5 })
}

function letter(name: string) {
  return { from: 'shop@example.com', to: `${name}@example.com`, subject, text: 'Grüße 🎉' }
}
