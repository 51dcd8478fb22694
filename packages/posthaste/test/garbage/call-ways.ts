import type { MailQueue } from '../../src/index.ts'
import { Worker } from '../../src/worker/worker.ts'
import type { Args } from './arguments.ts'
import type { Call } from './calls.ts'
import { to, type World } from './world.ts'

export type Method = (...args: unknown[]) => unknown

export function methods(
  owner: string,
  object: (world: World) => unknown,
  args: Readonly<Record<string, Args>>,
): Record<string, Call> {
  const call =
    (name: string): Call['run'] =>
    async (world, given) => {
      const holder = (await object(world)) as Record<string | symbol, unknown>
      const key = name.startsWith('@') ? (Symbol[name.slice(1) as 'asyncDispose'] as symbol) : name
      const method = holder[key]
      if (typeof method !== 'function') return method
      const ending = holder instanceof Worker ? setTimeout(() => void holder.stopNow(), 20) : undefined
      try {
        return await drained(method.apply(holder, given))
      } finally {
        clearTimeout(ending)
        if (holder instanceof Worker) await holder.stopNow()
      }
    }
  return Object.fromEntries(
    Object.entries(args).map(([name, made]) => [`${owner}.${name}`, { args: made, run: call(name) }]),
  )
}

/** On the app's handle, in a transaction that is committed whatever comes. */
export function inTransaction(method: (queue: MailQueue) => Method, args: Args): Call {
  return {
    args: async (world) => [world.tx, ...(await args(world))],
    async run({ mail: queue, begin, commit }, given) {
      await begin()
      try {
        return await method(queue).apply(queue, given)
      } finally {
        await commit()
      }
    },
  }
}

export async function readerIn({ mail: queue, tx, begin, commit }: World) {
  await begin()
  try {
    return queue.readIn(tx)
  } finally {
    await commit()
  }
}

/** A generator is read to its end, as the app would. */
async function drained(result: unknown): Promise<unknown> {
  const value = await result
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return value
  const read: unknown[] = []
  for await (const one of value as AsyncIterable<unknown>) read.push(one)
  return read
}

/** A configuration is read when it is used first: each of its parts is used here. */
export async function use(queue: MailQueue): Promise<void> {
  try {
    await queue.verify()
    await queue.enqueue({ to, subject: 'Order', text: 'x' })
    const [last = 'default'] = queue.streams.slice(-1)
    await queue.enqueue({ to, subject: 'Order', text: 'x' }, { stream: last, delay: '1d' })
    await queue.deliverDue({ streams: ['default'], max: 3 })
    await queue.health()
  } finally {
    await queue.close()
  }
}

/** As Nodemailer calls it, without what Nodemailer itself makes of garbage before that. */
export function sendMail(queue: MailQueue, data: unknown): Promise<unknown> {
  const message = { getEnvelope: () => ({ from: 'shop@example.com', to: [to] }) }
  return new Promise((resolve, reject) => {
    queue
      .transport()
      .send({ data: data as object, message }, (error, info) => (error ? reject(error) : resolve(info)))
  })
}
