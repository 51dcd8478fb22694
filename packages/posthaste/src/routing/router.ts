import { askApp } from '../app-call.ts'
import type { Clock } from '../clock.ts'
import type { RouteAnswer, RouteQuestion } from '../config/route.ts'
import { errorText } from '../foreign.ts'
import type { Claim } from '../store/store.ts'
import { isRetry } from './lanes.ts'
import type { Route } from './route-answer.ts'
import type { Slots } from './slots.ts'

/** How long the route function may take. */
const deadline = 10_000
/** How long it is not asked again after it failed: longer each time. */
const askAgain = { first: 5_000, longest: 300_000 }
/** Answers that are kept; those that have not been asked for longest go first. */
const most = 10_000

/** The slots of a mail's transport, or why it has no transport for now and until when the function is not asked again. */
export type Routed = { readonly slots: Slots } | Unroutable

export interface Unroutable {
  readonly reason: string
  readonly until: number
}

/** The function is being asked. */
export interface Asking {
  readonly routed: Promise<Routed>
  /** A mail waits for the answer already. */
  isAwaited: boolean
  /** Since when, on the monotonic clock. */
  readonly since: number
  /** When it will be over at the latest, in the queue's time. */
  readonly until: number
}

export interface RouterTools {
  readonly clock: Clock
  readonly route: (question: RouteQuestion) => RouteAnswer | Promise<RouteAnswer>
  readonly read: (answer: unknown, question: RouteQuestion) => Route
  readonly slotsFor: (to: Route['to']) => Slots
  readonly backingOff: () => readonly string[]
}

interface Answer {
  readonly to?: Route['to']
  readonly reason?: string
  readonly until: number
  readonly failures: number
  readonly backingOff: string
}

/** Asks the app's route function once for all mail of a stream and tenant, first attempts and later ones apart, and remembers what it said. */
export class Router {
  readonly #tools: RouterTools
  readonly #answers = new Map<string, Answer>()
  readonly #asking = new Map<string, Asking>()

  constructor(tools: RouterTools) {
    this.#tools = tools
  }

  find({ stream, tenant, lane }: Pick<Claim, 'stream' | 'tenant' | 'lane'>): Routed | Asking {
    const backingOff = this.#tools.backingOff()
    const attempt = isRetry(lane) ? 'again' : 'first'
    const key = JSON.stringify([stream, tenant, attempt])
    const known = this.#answers.get(key)
    if (known && this.#counts(known, backingOff)) return this.#routed(known)
    const asked = this.#asking.get(key)
    if (asked) return asked
    return this.#begin(key, { stream, tenant, attempt, backingOff }, known?.failures ?? 0)
  }

  /** It is asked again when its answer is too old, and when a back-off has begun or ended. */
  #counts({ until, reason, backingOff }: Answer, now: readonly string[]): boolean {
    return until > this.#tools.clock.now() && (reason !== undefined || backingOff === now.join())
  }

  #routed({ to, reason = '', until }: Answer): Routed {
    if (to === undefined) return { reason, until }
    try {
      return { slots: this.#tools.slotsFor(to) }
    } catch (error) {
      return { reason: reasonOf(error), until }
    }
  }

  #begin(key: string, question: RouteQuestion, failures: number): Asking {
    const { clock } = this.#tools
    const routed = this.#ask(question, failures).then((answer) => {
      this.#asking.delete(key)
      this.#remember(key, answer)
      return this.#routed(answer)
    })
    const asking: Asking = {
      routed,
      isAwaited: false,
      since: clock.monotonic(),
      until: clock.now() + deadline,
    }
    this.#asking.set(key, asking)
    return asking
  }

  async #ask(question: RouteQuestion, failures: number): Promise<Answer> {
    const { clock, route, read } = this.#tools
    const backingOff = question.backingOff.join()
    try {
      const answer = await askApp(() => route(question), { clock, ms: deadline })
      const { to, cacheFor } = read(answer, question)
      return { to, until: clock.now() + cacheFor, failures: 0, backingOff }
    } catch (error) {
      const wait = Math.min(askAgain.longest, askAgain.first * 2 ** Math.min(failures, 10))
      return { reason: reasonOf(error), until: clock.now() + wait, failures: failures + 1, backingOff }
    }
  }

  #remember(key: string, answer: Answer): void {
    this.#answers.delete(key)
    this.#answers.set(key, answer)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > most && oldest !== undefined) this.#answers.delete(oldest)
  }
}

function reasonOf(error: unknown): string {
  return `no transport could be chosen: ${errorText(error)}`.slice(0, 500)
}
