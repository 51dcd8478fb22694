import { expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import { momentOf } from '../support/past.ts'
import { openStore } from '../support/store.ts'
import { until } from '../support/wait.ts'

describeEachDatabase('a database that goes back while no statement fails', (kind, fresh) => {
  async function scene() {
    const database = await fresh()
    const line = await openLine(database.url)
    const behind = await openStore(kind, database)
    const errors: string[] = []
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    const past = await momentOf(behind)
    return {
      ...{ line, id, past, errors },
      now: () => momentOf(behind),
      async worker() {
        const worker = line.mail.worker({ pollInterval: '20ms', concurrency: 2 })
        worker.on('error', (error) => void errors.push(String(error)))
        await worker.start()
        return worker
      },
      attempts: async () => (await line.mail.attempts(id)).map(({ outcome }) => outcome),
      async [Symbol.asyncDispose]() {
        await behind.close()
        await line[Symbol.asyncDispose]()
      },
    }
  }

  const sent = async ({ mail }: TestLine, id: string) => (await mail.get(id))?.state === 'sent'

  test('is told what it had confirmed when it gives a token again, and nothing goes twice', async () => {
    await using at = await scene()
    const worker = await at.worker()
    await until(() => sent(at.line, at.id))
    await at.past.comeBack()
    await until(async () => (await sent(at.line, at.id)) && (await at.attempts()).length === 1)
    await until(() => at.errors.length > 0)
    await worker.stop()
    expect(at.errors).toEqual([expect.stringContaining('no longer knew outcomes that it had confirmed')])
    expect(at.line.smtp.received).toHaveLength(1)
    expect(await at.line.mail.get(at.id)).toMatchObject({ state: 'sent', unknowns: 0 })
    expect(await at.attempts()).toEqual(['accepted'])
  })

  const ways = {
    worker: async (at: Awaited<ReturnType<typeof scene>>) => {
      const worker = await at.worker()
      return () => worker.stop()
    },
    pass: async ({ line }: Awaited<ReturnType<typeof scene>>) => {
      const pass = line.mail.deliverDue({ concurrency: 2 })
      return () => pass
    },
  }

  test.each(Object.entries(ways))('does not make a %s send what it is sending', async (_way, start) => {
    await using at = await scene()
    const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>()
    at.line.smtp.options.reply = ({ step }) => (step === 'dot' ? answered : undefined)
    const end = await start(at)
    await until(() => at.line.smtp.commands.includes('.'))
    await at.past.comeBack()
    await until(async () => (await at.line.mail.get(at.id))?.state === 'sending')
    answer(undefined)
    await until(() => sent(at.line, at.id))
    await end()
    expect(at.line.smtp.received).toHaveLength(1)
    expect(await at.line.mail.get(at.id)).toMatchObject({ state: 'sent', unknowns: 0 })
    expect(await at.attempts()).toEqual(['accepted'])
  })

  test('flags the second copies that a living worker sends beside one that lives, too', async () => {
    await using at = await scene()
    const { mail, smtp } = at.line
    const { id: other } = await mail.enqueue(letter('grace@example.com'))
    const past = await at.now()
    const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>()
    const dots: string[] = []
    smtp.options.reply = ({ step }, { to }) => {
      if (step !== 'dot') return undefined
      dots.push(...to)
      return dots.length === 2 ? answered : undefined
    }
    const pass = mail.deliverDue({ concurrency: 1, max: 2 })
    await until(() => dots.length === 2)
    await until(async () => (await mail.count({ state: 'sent' })) === 1)
    await past.comeBack()
    const worker = await at.worker()
    await until(() => dots.length === 4)
    await until(async () => (await mail.count({ state: 'sent' })) === 2)
    answer(undefined)
    await pass
    await worker.stop()
    for (const id of [at.id, other]) {
      expect(await mail.get(id)).toMatchObject({ state: 'sent', unknowns: 1 })
      expect((await mail.attempts(id)).map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted'])
    }
  })
})
