import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { outbox } from '../../src/testing/index.ts'
import { describeEachDatabase, engineOf } from '../support/databases.ts'
import { until } from '../support/wait.ts'
import { Undo, undone } from './library.ts'
import { nestedIn, type PrismaClient, prismaClient, type TransactionClient } from './prisma.ts'

const letter = (subject: string) => ({ from: 'shop@example.com', to: 'ada@example.com', subject, text: 'Hi' })
const ended = { code: 'PH_TRANSACTION_ENDED' }

describeEachDatabase('a transaction of Prisma', (kind, fresh) => {
  let mail: MailQueue<'default'>
  let prisma: PrismaClient
  let close: () => Promise<void>

  beforeAll(async () => {
    const { url } = await fresh()
    mail = createMailQueue({ database: url, delivery: 'capture' })
    ;({ prisma, close } = await prismaClient(engineOf(kind), url))
    await prisma.$executeRawUnsafe('create table app_order (id varchar(60) primary key)')
    if (kind !== 'sqlite') await mail.migrate()
  })

  afterAll(async () => {
    await mail.close()
    await close()
  })

  async function stored(): Promise<string[]> {
    return (await mail.find({ state: 'queued' })).items.map(({ subject }) => subject).sort()
  }

  /** Mails without a delivery count, too. */
  async function rows(): Promise<number> {
    const table = kind === 'postgres' ? 'posthaste.mail' : 'posthaste_mail'
    const [counted] = await prisma.$queryRawUnsafe(`select count(*) as n from ${table}`)
    return Number(counted?.n)
  }

  test('takes mail beside its models, of a client that is extended too, and refuses every client itself', async () => {
    const extended = prisma
      .$extends({ query: { $allOperations: ({ args, query }: Operation) => query(args) } })
      .$extends({ client: { $connect: () => 'its own' } })
    for (const [name, client] of Object.entries({ plain: prisma, extended })) {
      await client.$transaction(async (tx) => {
        await tx.order.create({ data: { id: name } })
        await mail.enqueueIn(tx, letter(name))
      })
      await expect(mail.enqueueIn(client as object, letter('outside'))).rejects.toMatchObject({
        code: 'PH_POOL_AS_TRANSACTION',
        message: expect.stringContaining('not the tx of its $transaction'),
      })
    }
    expect(await stored()).toEqual(['extended', 'plain'])
    expect(await prisma.order.count()).toBe(2)
  })

  test('within another loses its mail alone, awaited or forgotten, and is over when it ends', async () => {
    const forgotten: Promise<unknown>[] = []
    await prisma.$transaction(async (outer) => {
      let inner: object = {}
      await nestedIn(outer, async (tx) => {
        inner = tx
        await mail.enqueueIn(tx, letter('nested'))
        expect((await outbox(mail, { tx }).all()).map(({ subject }) => subject)).toContain('nested')
      })
      await expect(mail.enqueueIn(inner, letter('late'))).rejects.toMatchObject(ended)
      await undone(
        nestedIn(outer, async (tx) => {
          await mail.enqueueIn(tx, letter('undone'))
          forgotten.push(
            mail.enqueueIn(tx, letter('forgotten')),
            mail.enqueueManyIn(tx, [{ mail: letter('f') }]),
          )
          for (const one of forgotten) one.catch(() => {})
          throw new Undo()
        }),
      )
      await Promise.allSettled(forgotten)
      await mail.enqueueIn(outer, letter('outer'))
    })
    expect(await stored()).toEqual(['extended', 'nested', 'outer', 'plain'])
  })

  test('that has run out of its time stores nothing more, and nothing of what it had', async () => {
    const before = await rows()
    const out = prisma.$transaction(
      async (tx) => {
        await mail.enqueueIn(tx, letter('in time'))
        const many = mail.enqueueManyIn(tx, halfInTime(tx), { chunk: 1 })
        await expect(many).rejects.toMatchObject(ended)
        await expect(mail.enqueueIn(tx, letter('too late'))).rejects.toMatchObject({
          ...ended,
          message: expect.stringMatching(/expired transaction.*timeout for this transaction was 1000 ms/),
        })
      },
      { timeout: 1000 },
    )
    await expect(out).rejects.toMatchObject({ code: 'P2028' })
    expect(await rows()).toBe(before)
  })

  test.runIf(kind === 'postgres')(
    'names what it meets: that it must run again, or a lost connection',
    async () => {
      const again = prisma.$transaction(
        async (tx) => {
          await tx.order.count()
          await mail.enqueue(letter('first'), { idempotencyKey: 'key' })
          await mail.enqueueIn(tx, letter('first'), { idempotencyKey: 'key' })
        },
        { isolationLevel: 'RepeatableRead' },
      )
      await expect(again).rejects.toMatchObject({ code: 'PH_SERIALIZATION' })
      const lost = prisma.$transaction(async (tx) => {
        await tx.$queryRawUnsafe('select pg_terminate_backend(pg_backend_pid())').catch(() => {})
        await mail.enqueueIn(tx, letter('lost'))
      })
      await expect(lost).rejects.toMatchObject({ code: 'PH_DATABASE_UNREACHABLE' })
    },
  )
})

interface Operation {
  args: unknown
  query(args: unknown): Promise<unknown>
}

async function* halfInTime(tx: TransactionClient) {
  yield { mail: letter('first half') }
  await until(
    () =>
      tx.$queryRawUnsafe('select 1').then(
        () => false,
        () => true,
      ),
    { what: 'its end' },
  )
  yield { mail: letter('second half') }
}
