import { callApp } from './app-call.ts'
import { isError, maskAddresses } from './foreign.ts'
import type { Reason } from './mail/mail.ts'

interface About {
  readonly id: string
  readonly messageId: string
  readonly stream: string
  readonly tenant: string | null
  readonly attempt: number
}

/** What a worker emits. Listeners run after the fact is durable; what they throw or reject with is logged and changes nothing. */
export interface WorkerEvents {
  /** Every recipient was accepted, or is suppressed. */
  sent: [mail: About & { readonly ms: number; readonly reply: string | null }]
  /** It will be tried again. */
  deferred: [mail: About & { readonly nextAttemptAt: Date; readonly reply: string | null }]
  /** It will not be tried again. */
  failed: [mail: About & { readonly reason: Reason | null; readonly reply: string | null }]
  suppressed: [mail: About]
  /** An acceptance may have been lost; `policy` says what follows. */
  unknown: [mail: About & { readonly policy: 'retry' | 'hold' }]
  /** The claim had been taken away; `acceptance`: it was an acceptance, and is recorded. */
  stale: [mail: About & { readonly acceptance: boolean }]
  /** A transport backs off: its server is down, refuses the login, or throttles; or, for this worker alone, its machine lacks room or a file. */
  backoff: [transport: { readonly name: string; readonly until: Date; readonly reason: string }]
  /** Everything is refused alike, by a transport or of one `scope`: nothing fails, and one mail tries it at `until`. */
  brake: [
    brake: {
      readonly transport: string
      readonly scope: 'transport' | 'stream' | 'sender' | 'tenant'
      /** Which of them; '' for all of a transport. */
      readonly value: string
      readonly reply: string
      readonly until: Date
    },
  ]
  /** Workers died, and what they held was taken over. */
  rescued: [found: { readonly workers: number; readonly mails: number }]
  /** The worker met trouble that is not a mail's, and goes on. */
  error: [error: unknown]
}

const named: Readonly<Record<keyof WorkerEvents, true>> = {
  sent: true,
  deferred: true,
  failed: true,
  suppressed: true,
  unknown: true,
  stale: true,
  backoff: true,
  brake: true,
  rescued: true,
  error: true,
}

export const eventNames = Object.keys(named) as readonly (keyof WorkerEvents)[]

type Listener<Name extends keyof WorkerEvents> = (...args: WorkerEvents[Name]) => unknown
type Log = (object: Record<string, unknown>, message: string) => unknown

/** A worker's listeners and its log. Nothing that they do reaches the worker. */
export class Events {
  readonly #log: Log
  readonly #listeners = new Map<keyof WorkerEvents, Listener<never>[]>()
  #logFailed = false

  constructor(log: Log) {
    this.#log = log
  }

  on<Name extends keyof WorkerEvents>(name: Name, listener: Listener<Name>): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
  }

  off<Name extends keyof WorkerEvents>(name: Name, listener: Listener<Name>): void {
    const listeners = this.#listeners.get(name) ?? []
    const last = listeners.lastIndexOf(listener)
    this.#listeners.set(name, last < 0 ? listeners : listeners.toSpliced(last, 1))
  }

  emit<Name extends keyof WorkerEvents>(name: Name, ...args: WorkerEvents[Name]): void {
    const [about] = args
    this.#write(name === 'error' ? { err: about } : masked(about as object), `posthaste ${name}`)
    for (const listener of this.#listeners.get(name) ?? [])
      callApp(
        () => (listener as Listener<Name>)(...args),
        (err) => this.#write({ err }, `posthaste: a listener of '${name}' failed`),
      )
  }

  /** A logger that fails is named once on the process's standard error, for there is nowhere else to say it. */
  #write(object: Record<string, unknown>, message: string): void {
    callApp(
      () => this.#log(object, message),
      (error) => {
        if (this.#logFailed) return
        this.#logFailed = true
        process.stderr.write(
          `posthaste: the logger failed: ${isError(error) ? maskAddresses(error.message) : 'it threw no error'}\n`,
        )
      },
    )
  }
}

/** Replies quote the recipient; mask it in logs. */
function masked(about: object): Record<string, unknown> {
  const entries = Object.entries(about).map(([key, value]) =>
    (key === 'reply' || key === 'reason') && typeof value === 'string'
      ? [key, maskAddresses(value)]
      : [key, value],
  )
  return Object.fromEntries(entries)
}
