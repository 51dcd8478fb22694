import { PosthasteError } from '../errors.ts'
import { errorText, peek } from '../foreign.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { QueuedInfo, QueueTransport } from './nodemailer-transport.ts'

/** What `createTransport` is a function of: Nodemailer, whichever version the app has. */
export interface Nodemailer<Made> {
  createTransport(transport: QueueTransport): Made
}

/** Nodemailer's own transporter, whose messages have `posthaste` beside what that Nodemailer knows. */
export type QueueTransporter<Made, Stream extends string = string> = {
  sendMail(message: QueuedMessage<Made, Stream>): Promise<QueuedInfo>
  sendMail(message: QueuedMessage<Made, Stream>, done: (error: Error | null, info: QueuedInfo) => void): void
} & Made

type QueuedMessage<Made, Stream extends string> = MessageOf<Made> & {
  /** Options of the queue. */
  posthaste?: EnqueueOptions<Stream> | undefined
}

type MessageOf<Made> = Made extends { sendMail(message: infer Message): unknown } ? Message : Mail

/** @throws {PH_OPTION_INVALID} it has no `createTransport`, or that makes no transporter */
export function transporterOf<Made>(nodemailer: Nodemailer<Made>, transport: QueueTransport): Made {
  if (typeof peek(nodemailer, 'createTransport') !== 'function')
    throw new PosthasteError('PH_OPTION_INVALID', 'nodemailer: it has no createTransport')
  const made = madeBy(nodemailer, transport)
  if (typeof made === 'object' && made !== null && !isPromise(made)) return made
  Promise.resolve(made).catch(() => {})
  throw new PosthasteError('PH_OPTION_INVALID', 'nodemailer: its createTransport makes no transporter')
}

function madeBy<Made>(nodemailer: Nodemailer<Made>, transport: QueueTransport): Made {
  try {
    return nodemailer.createTransport(transport)
  } catch (cause) {
    const why = `nodemailer: its createTransport failed: ${errorText(cause)}`
    throw new PosthasteError('PH_OPTION_INVALID', why, { cause })
  }
}

function isPromise(made: object): boolean {
  return typeof peek(made, 'then') === 'function'
}
