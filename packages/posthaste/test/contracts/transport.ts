import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Transport } from '../../src/transports/transport.ts'
import { deliverTo, dispatchOf, summary } from '../support/dispatch.ts'

export interface TransportUnderTest {
  readonly transport: Transport
  /** Mails that reached the outside; 0 for a transport that sends nothing. */
  received(): number
  close(): Promise<void>
}

export interface TransportCase {
  open(): Promise<TransportUnderTest>
  /** The transport reads `message()` and not `mime()`. */
  readonly structured?: boolean
  /** False for a transport that looks at no content and sends nothing. @default true */
  readonly sends?: boolean
}

/** The law of every transport: it never throws, asks before it sends, and gives each recipient a verdict. */
export function transportContract(
  title: string,
  { open, structured = false, sends = true }: TransportCase,
): void {
  const opened: TransportUnderTest[] = []
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.transport.close().finally(one.close)
  })
  const opening = async () => {
    const one = await open()
    opened.push(one)
    return one
  }

  describe(`${title} keeps the contract of transports`, () => {
    test('gives each recipient a verdict, in their order', async () => {
      const { transport } = await opening()
      const { recipients } = await deliverTo(transport, { to: ['b@a.test', 'a@a.test'] })
      expect(recipients.map(({ address, verdict }) => [address, verdict])).toEqual([
        ['b@a.test', 'accepted'],
        ['a@a.test', 'accepted'],
      ])
    })

    test('asks mayBegin once for a mail', async () => {
      const { transport } = await opening()
      const mayBegin = vi.fn(async () => true)
      await deliverTo(transport, { mayBegin })
      expect(mayBegin).toHaveBeenCalledTimes(1)
    })

    test.each([
      ['says no', async () => false],
      ['rejects', async () => Promise.reject(new Error('the database is gone'))],
    ])('sends nothing when mayBegin %s', async (_, mayBegin) => {
      const { transport, received } = await opening()
      expect(summary(await deliverTo(transport, { mayBegin }))).toBe('aborted')
      expect(summary(await deliverTo(transport))).toBe('accepted')
      expect(received()).toBe(sends ? 1 : 0)
    })

    test('sends nothing when the signal has aborted before', async () => {
      const { transport, received } = await opening()
      expect(summary(await transport.deliver(dispatchOf(), AbortSignal.abort()))).toBe('aborted')
      expect(received()).toBe(0)
    })

    test('defers a mail whose content cannot be had, and throws nothing', async () => {
      const { transport, received } = await opening()
      const lost = async () => Promise.reject(new Error('the database is gone'))
      const dispatch = { ...dispatchOf(), ...(structured ? { message: lost } : { mime: lost }) }
      const outcome = await transport.deliver(dispatch, new AbortController().signal)
      expect(summary(outcome)).toBe(sends ? 'deferred' : 'accepted')
      expect(received()).toBe(0)
    })

    test('takes as many mails at once as it says', async () => {
      const { transport } = await opening()
      const outcomes = await Promise.all(
        Array.from({ length: transport.maxConnections }, () => deliverTo(transport)),
      )
      expect(new Set(outcomes.map(summary))).toEqual(new Set(['accepted']))
    })

    test('verifies', async () => {
      const { transport } = await opening()
      await expect(transport.verify()).resolves.toBeUndefined()
    })

    test('may be closed twice, and delivers nothing afterwards', async () => {
      const { transport, received } = await opening()
      await transport.close()
      await transport.close()
      expect(summary(await deliverTo(transport))).not.toBe(sends ? 'accepted' : 'deferred')
      expect(received()).toBe(0)
    })
  })
}
