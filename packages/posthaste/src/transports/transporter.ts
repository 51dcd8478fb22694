import { weakSetAcrossCopies } from '../across-copies.ts'
import { callApp } from '../app-call.ts'
import { PosthasteError } from '../errors.ts'
import type { Outcome } from '../outcome.ts'
import type { ClassifyHook } from './outcome/classify-hook.ts'
import { abortedOutcome, outcomeOf } from './outcome/outcome-of.ts'
import { type Progress, untouched } from './outcome/reading.ts'
import { mayBegin } from './permission.ts'
import { guardTransporter } from './smtp/app-functions.ts'
import { checkKey } from './smtp/sign.ts'
import type { Dispatch, Transport } from './transport.ts'
import { type Handover, mimeHandover, type Phase, structuredHandover } from './transporter-content.ts'
import { type SendResult, sendWithin } from './transporter-deadline.ts'
import {
  contentOf,
  dkimInMemory,
  dkimKeysOf,
  innerOf,
  ownLimit,
  type Transporter,
} from './transporter-shape.ts'

export interface TransporterOptions {
  readonly name: string
  /** A Nodemailer transporter. */
  readonly transporter: Transporter
  /** Mails under way at once. @default what the transporter's own pool has, else 5 */
  readonly maxConnections?: number | undefined
  /**
   * What is handed over: `mime`, rendered once, so that every attempt is byte-identical; or `structured` fields, as API transports read
   * them. @default `mime` for Nodemailer's own SMTP, pool, sendmail and SES transports without compile plugins, else `structured`
   */
  readonly content?: 'mime' | 'structured' | undefined
  /** Milliseconds after which a send that has not settled counts as failed. @default 720_000 with `mime`, else 120_000 */
  readonly sendTimeout?: number | undefined
  readonly classify?: ClassifyHook | undefined
}

/**
 * Delivers through the user's own transporter. Its stream plugins and DKIM apply to what leaves; its compile plugins make it structured,
 * since rendered MIME would pass them by; its message defaults apply to structured mail only. It is the app's: closing the queue does not close it.
 *
 * @throws {PH_NESTED_QUEUE} when the transporter is a queue's own `transport()`
 * @throws {PH_CONFIG} when a key of its DKIM cannot sign
 */
export function createTransporterTransport(options: TransporterOptions): Transport {
  const { name, transporter } = options
  const inner = innerOf(transporter)
  if (inner.name === 'Posthaste') throw new PosthasteError('PH_NESTED_QUEUE', `transports.${name}`)
  for (const key of dkimKeysOf(transporter)) checkKey(name, key)
  const handover =
    (options.content ?? contentOf(transporter)) === 'mime' ? mimeHandover(transporter) : structuredHandover
  if (!heard.has(transporter)) hear(transporter)
  const underway = new Set<Promise<Outcome>>()
  let closed = false
  return {
    name,
    maxConnections: options.maxConnections ?? ownLimit(transporter) ?? 5,
    deliver: async (dispatch, signal) => {
      if (closed) return abortedOutcome('PH_CLOSED')
      const outcome = deliver({ ...options, handover }, dispatch, signal)
      underway.add(outcome)
      return outcome.finally(() => underway.delete(outcome))
    },
    verify: async () => {
      await transporter.verify?.()
    },
    close: async () => {
      closed = true
      await Promise.all(underway)
    },
  }
}

async function deliver(
  options: TransporterOptions & { handover: Handover },
  dispatch: Dispatch,
  signal: AbortSignal,
): Promise<Outcome> {
  const { transporter, handover, classify: hook, sendTimeout = handover.sendTimeout } = options
  if (signal.aborted) return abortedOutcome('EABORT')
  try {
    const { data, phase } = await handover.prepare(dispatch)
    Object.assign(data, dkimInMemory(transporter))
    if (handover.asksFirst && !(await mayBegin(dispatch))) return abortedOutcome()
    const abortable = innerOf(transporter).supportsAbortSignal === true
    const send = (ending: AbortSignal) => transporter.sendMail(abortable ? { ...data, signal: ending } : data)
    const sent = await sendWithin({ sendTimeout, begun: phase.begun, signal }, send)
    phase.refuse()
    if (phase.refused()) return abortedOutcome()
    if ('info' in sent) return outcomeOf({ resolved: sent.info }, { dispatch, hook, progress: blind })
    const progress = progressOf(sent, { handover, phase })
    if (signal.aborted && !progress.handedOver) return abortedOutcome('EABORT')
    return outcomeOf({ thrown: sent.error }, { dispatch, progress, hook })
  } catch (error) {
    return outcomeOf({ thrown: error }, { dispatch, progress: untouched, hook })
  }
}

/** It was given to the transporter: only what that says can tell. */
const blind: Progress = { begun: false, handedOver: 'guess', refusals: [] }

function progressOf(
  sent: Exclude<SendResult, { info: unknown }>,
  { handover, phase }: { handover: Handover; phase: Phase },
): Progress {
  const gone = phase.handedOver() && !sent.atOnce
  return {
    begun: handover.reliable && phase.begun(),
    handedOver: gone && !sent.cut && !handover.reliable ? 'guess' : gone,
    refusals: phase.refusals(sent.error),
  }
}

const heard = weakSetAcrossCopies('heard transporters 1')

/** Once: it may stand in several queues. */
function hear(transporter: Transporter): void {
  heard.add(transporter)
  callApp(() => transporter.on?.('error', ignore), ignore)
  callApp(() => guardTransporter(transporter), ignore)
}

// Old pools emit what they also reject with; an error event without a listener would end the worker.
function ignore(): void {}
