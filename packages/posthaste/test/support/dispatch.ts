import type { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import type { Outcome } from '../../src/outcome.ts'
import type { Dispatch, Envelope, Transport } from '../../src/transports/transport.ts'

export interface DispatchParts {
  readonly to?: readonly string[]
  readonly from?: string | false
  readonly envelope?: Partial<Envelope>
  readonly mime?: Buffer | string | (() => Buffer | Readable)
  readonly message?: SendMailOptions & Record<string, unknown>
  readonly mayBegin?: () => Promise<boolean>
}

export const plainMime =
  'From: app@example.com\r\nTo: someone@example.net\r\nMessage-ID: <1@example.com>\r\nSubject: Hello\r\n\r\nHello\r\n.dot\r\n'

/** A dispatch as the worker makes it, without a database. */
export function dispatchOf({
  to = ['someone@example.net'],
  from = 'app@example.com',
  envelope,
  mime = plainMime,
  message,
  mayBegin,
}: DispatchParts = {}): Dispatch {
  const content = () => (typeof mime === 'function' ? mime() : Buffer.from(mime))
  return {
    id: '018f0000-0000-7000-8000-000000000001',
    messageId: '<1@example.com>',
    stream: 'default',
    tenant: null,
    attempt: 1,
    envelope: { from, to, ...envelope },
    mime: async () => content(),
    message: async () =>
      ({
        from: from || undefined,
        to: [...to],
        subject: 'Hello',
        text: 'Hello',
        messageId: '<1@example.com>',
        ...message,
      }) as SendMailOptions,
    mayBegin: mayBegin ?? (async () => true),
  }
}

export function deliverTo(transport: Transport, parts: DispatchParts = {}): Promise<Outcome> {
  return transport.deliver(dispatchOf(parts), new AbortController().signal)
}

/** `accepted`, or the verdicts in the order of the recipients, with the fault: short enough for a table. */
export function summary({ recipients, fault, aborted }: Outcome): string {
  const verdicts = [...new Set(recipients.map(({ verdict }) => verdict))].join(' ')
  return [aborted && 'aborted', verdicts, fault && `fault:${fault.kind}`].filter(Boolean).join(' ')
}

/** What a server does instead of replying: hangs up, resets, or says nothing any more. */
export const FIN = { and: 'close' } as const
export const RST = { and: 'reset' } as const
export const HANG = { and: 'hang' } as const
