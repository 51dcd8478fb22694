import type { Outcome } from '../outcome.ts'
import { acceptedOutcome, addressOf } from './outcome-of.ts'
import type { Dispatch } from './transport.ts'
import type { ClassifyHook } from './verdict-hook.ts'

/** What Nodemailer's transports resolve with; API transports give a part of it, or anything at all. */
interface Info {
  readonly response?: unknown
  readonly messageId?: unknown
  readonly serverMessageId?: unknown
  readonly rejected?: unknown
  readonly rejectedErrors?: unknown
}

/** A send that resolved: accepted, but for recipients that the info lists as rejected. */
export function resultOutcome(result: unknown, dispatch: Dispatch, hook: ClassifyHook | undefined): Outcome {
  const info: Info = typeof result === 'object' && result !== null ? result : {}
  const response = typeof info.response === 'string' ? info.response : 'Accepted by the transport'
  const id = otherId(info.serverMessageId, dispatch) ?? otherId(info.messageId, dispatch)
  return {
    ...acceptedOutcome(response, dispatch, { refusals: refusalsOf(info, dispatch), hook }),
    ...(id && { serverMessageId: id }),
  }
}

// Listed without a reason: nobody said that it is for good, so it is deferred.
function refusalsOf({ rejected, rejectedErrors }: Info, dispatch: Dispatch): unknown[] {
  const errors: { recipient?: unknown }[] = Array.isArray(rejectedErrors) ? rejectedErrors : []
  const explained = new Set(errors.map(({ recipient }) => addressOf(recipient, dispatch)))
  const rest: unknown[] = Array.isArray(rejected) ? rejected : []
  const silent = rest.filter((recipient) => !explained.has(addressOf(recipient, dispatch)))
  return [
    ...errors,
    ...silent.map((recipient) => ({
      recipient,
      message: 'The transport rejected this recipient without a reason',
    })),
  ]
}

function otherId(id: unknown, { messageId }: Dispatch): string | undefined {
  return typeof id === 'string' && id !== '' && id !== messageId ? id : undefined
}
