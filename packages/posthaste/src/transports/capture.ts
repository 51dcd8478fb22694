import { everyRecipient, type Outcome } from '../outcome.ts'
import { abortedOutcome } from './outcome/outcome-of.ts'
import { mayBegin } from './permission.ts'
import type { Dispatch, Transport } from './transport.ts'

/** `delivery: 'capture'`: takes every mail, sends nothing; the mail stays in the database to be looked at. */
export function createCapture({
  name,
  maxConnections = 10,
}: {
  name: string
  maxConnections?: number
}): Transport {
  return {
    name,
    maxConnections,
    deliver: capture,
    verify: async () => undefined,
    close: async () => undefined,
  }
}

async function capture(dispatch: Dispatch, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted || !(await mayBegin(dispatch))) return abortedOutcome()
  const reply = { text: 'Captured: kept here and not sent' }
  return { type: 'answered', recipients: everyRecipient(dispatch.envelope.to, 'accepted', reply), reply }
}
