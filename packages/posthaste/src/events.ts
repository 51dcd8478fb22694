import { EventEmitter } from 'node:events'
import type { Reason } from './mail/mail.ts'

interface About {
  readonly id: string
  readonly messageId: string
  readonly stream: string
  readonly tenant: string | null
  readonly attempt: number
}

/** What a worker tells; listeners run after the fact is durable, and what they throw is logged and changes nothing. */
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
  /** A transport rests: its server is down, refuses the login, or throttles. */
  rest: [transport: { readonly name: string; readonly until: Date; readonly reason: string }]
  /** Workers died, and what they held was taken over. */
  rescued: [found: { readonly workers: number; readonly mails: number }]
  /** The worker met trouble that is not a mail's, and goes on. */
  error: [error: unknown]
}

export class Events extends EventEmitter<WorkerEvents> {
  readonly #log: (object: Record<string, unknown>, message: string) => void

  constructor(log: (object: Record<string, unknown>, message: string) => void) {
    super()
    this.#log = log
  }

  /** Tells and logs; a listener's failure is its own. */
  tell<Name extends keyof WorkerEvents>(name: Name, ...args: WorkerEvents[Name]): void {
    const [about] = args
    this.#log(name === 'error' ? { err: about } : masked(about as object), `posthaste ${name}`)
    for (const listener of this.rawListeners(name))
      try {
        ;(listener as (...args: unknown[]) => void).apply(this, args)
      } catch (error) {
        this.#log({ err: error }, `posthaste: a listener of '${name}' failed`)
      }
  }
}

/** Servers name the recipient in what they say; who reads logs need not know him. */
function masked(about: object): Record<string, unknown> {
  const entries = Object.entries(about).map(([key, value]) =>
    (key === 'reply' || key === 'reason') && typeof value === 'string' ? [key, mask(value)] : [key, value],
  )
  return Object.fromEntries(entries)
}

function mask(text: string): string {
  return text.replace(/[^\s<>()[\],;:"'@]+(?=@[\w.-])/g, '***')
}
