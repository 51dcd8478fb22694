import type { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import {
  answersOf,
  faultOf,
  type Outcome,
  type RecipientOutcome,
  type TransportFault,
} from '../../src/outcome.ts'
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

/** An outcome with what was said of each recipient and the fault at hand, whichever kind it is. */
export type Told = Outcome & { recipients: readonly RecipientOutcome[]; fault?: TransportFault | undefined }

export async function deliverTo(transport: Transport, parts: DispatchParts = {}): Promise<Told> {
  return told(await transport.deliver(dispatchOf(parts), new AbortController().signal))
}

export function told(outcome: Outcome): Told {
  return { ...outcome, recipients: answersOf(outcome), fault: faultOf(outcome) } as Told
}

/** `accepted`, or the verdicts in the order of the recipients, with the fault: short enough for a table. */
export function summary(outcome: Outcome): string {
  const verdicts = [...new Set(answersOf(outcome).map(({ verdict }) => verdict))].join(' ')
  const fault = faultOf(outcome)
  return [outcome.type === 'aborted' && 'aborted', verdicts, fault && `fault:${fault.kind}`]
    .filter(Boolean)
    .join(' ')
}

/** What a server does instead of replying: hangs up, resets, or says nothing any more. */
export const FIN = { and: 'close' } as const
export const RST = { and: 'reset' } as const
export const HANG = { and: 'hang' } as const
