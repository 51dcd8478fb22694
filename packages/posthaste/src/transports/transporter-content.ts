import type { Readable } from 'node:stream'
import { weakMapAcrossCopies, weakSetAcrossCopies } from '../across-copies.ts'
import { callApp } from '../app-call.ts'
import { peek } from '../foreign.ts'
import { Body } from './body.ts'
import type { Dispatch } from './transport.ts'
import { speaksSmtp, type Transporter } from './transporter-shape.ts'

/** How a mail is given to a transporter, and how we learn how far it came. */
export interface Handover {
  /** Milliseconds. */
  readonly sendTimeout: number
  /** The body leaves at a moment that we do not see, so `mayBegin` is asked before the send. */
  readonly asksFirst: boolean
  /** {@link Phase.handedOver} sees the bytes leave; otherwise the kind of error has a say. */
  readonly reliable: boolean
  prepare(dispatch: Dispatch): Promise<{ data: Record<string, unknown>; phase: Phase }>
}

export interface Phase {
  handedOver(): boolean
  /** The body is on its way, or we cannot tell. */
  begun(): boolean
  /** `mayBegin` said no. */
  refused(): boolean
  /** Nothing may leave from now on. */
  refuse(): void
  refusals(error: unknown): readonly unknown[]
}

/** Fields, bytes and unknown keys, as API transports read them. They see `to`, `cc` and `bcc` with unsettled recipients only. */
export const structuredHandover: Handover = {
  sendTimeout: 120_000,
  asksFirst: true,
  reliable: false,
  prepare: async (dispatch) => ({
    data: { ...(await dispatch.message()), ...locked },
    phase: blindPhase,
  }),
}

/** Rendered MIME and our envelope. A stream plugin puts a {@link Body} around what leaves, DKIM and other plugins included. */
export function mimeHandover(transporter: Transporter): Handover {
  const probed = watch(transporter)
  const direct = probed && speaksSmtp(transporter)
  return {
    sendTimeout: 720_000,
    asksFirst: !direct,
    reliable: direct,
    prepare: async (dispatch) => {
      const { from, to, size, use8BitMime, custom, ...extras } = dispatch.envelope
      const envelope = {
        ...custom,
        from,
        to: [...to],
        ...(size && { size }),
        ...(use8BitMime && { use8BitMime }),
      }
      const probe: Probe = {
        bodies: [],
        refused: false,
        mayBegin: direct ? () => dispatch.mayBegin() : always,
      }
      if (probed) probes.set(envelope, probe)
      const data = {
        raw: await dispatch.mime(),
        envelope,
        messageId: dispatch.messageId,
        ...extras,
        ...locked,
      }
      return { data, phase: probed ? phaseOf(probe) : blindPhase }
    },
  }
}

// What is stored needs no file and no network; a path smuggled into a mail must not be read by the worker.
const locked = { disableFileAccess: true, disableUrlAccess: true }

interface Probe {
  readonly bodies: Body[]
  refused: boolean
  mayBegin(): Promise<boolean>
}

interface PluginMail {
  readonly data: { readonly envelope?: object }
  readonly message: { createReadStream(...options: unknown[]): Readable }
}

/** The plugin of one copy serves all, so it must find the probes of each. */
const watched = weakSetAcrossCopies('watched transporters 1')
const probes = weakMapAcrossCopies<Probe>('probes 1')

function watch(transporter: Transporter): boolean {
  if (typeof peek(transporter, 'use') !== 'function') return false
  if (watched.has(transporter)) return true
  let isWatched = true
  callApp(
    () => transporter.use?.('stream', probe),
    () => {
      isWatched = false
    },
  )
  if (isWatched) watched.add(transporter)
  return isWatched
}

// A mail that our probe does not know was sent past the queue, by the app itself.
function probe({ data, message }: PluginMail, done: () => void): void {
  const found = data.envelope && probes.get(data.envelope)
  if (found) {
    const original = message.createReadStream.bind(message)
    message.createReadStream = (...options) => guarded(original(...options), found)
  }
  done()
}

function guarded(stream: Readable, probe: Probe): Body {
  const body = new Body(stream, () => probe.mayBegin())
  body.on('error', ignore)
  if (probe.refused) body.permission.refuse()
  probe.bodies.push(body)
  return body
}

function phaseOf(probe: Probe): Phase {
  return {
    handedOver: () => probe.bodies.some((body) => body.handedOver),
    begun: () => probe.bodies.some(({ permission }) => permission.asked),
    refused: () =>
      probe.bodies.some(({ permission }) => permission.refused && permission.asked) &&
      !probe.bodies.some((body) => body.handedOver),
    refuse: () => {
      probe.refused = true
      for (const { permission } of probe.bodies) permission.refuse()
    },
    refusals: refusalsOf,
  }
}

const blindPhase: Phase = {
  handedOver: () => true,
  begun: () => true,
  refused: () => false,
  refuse: () => undefined,
  refusals: refusalsOf,
}

function refusalsOf(error: unknown): readonly unknown[] {
  const refusals = (error as { rejectedErrors?: unknown } | undefined)?.rejectedErrors
  return Array.isArray(refusals) ? refusals : []
}

async function always(): Promise<boolean> {
  return true
}

function ignore(): void {}
