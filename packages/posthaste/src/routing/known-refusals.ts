import { type Brake, covers } from '../brake.ts'
import type { Origin, Refusal } from '../refusal.ts'

/** Streams, senders or tenants whose last acceptance is remembered. */
const most = 1_000

/** What one worker knows of a transport's refusals and brakes, and what of its own mail the transport accepted. */
export class KnownRefusals {
  readonly #accepted = {
    transport: new Map<string, number>(),
    stream: new Map<string, number>(),
    sender: new Map<string, number>(),
    tenant: new Map<string, number>(),
  }
  #waiting: readonly Refusal[] = []
  #brakes: readonly Brake[] = []

  /** As the database has it. */
  update({ waiting, brakes }: { waiting: readonly Refusal[]; brakes: readonly Brake[] }): void {
    this.#waiting = waiting
    this.#brakes = brakes.filter(({ endedAt }) => endedAt === null)
  }

  get waiting(): readonly Refusal[] {
    return this.#waiting
  }

  /** Those that are on. */
  get brakes(): readonly Brake[] {
    return this.#brakes
  }

  /** One that has just begun, or whose canary was moved. */
  put(brake: Brake): void {
    const others = this.#brakes.filter(({ scope, value }) => scope !== brake.scope || value !== brake.value)
    this.#brakes = [...others, brake]
  }

  holding(origin: Origin): readonly Brake[] {
    return this.#brakes.filter((brake) => covers(brake, origin))
  }

  /** All of the transport is braked. */
  get isBraked(): boolean {
    return this.#brakes.some(({ scope }) => scope === 'transport')
  }

  /** A conversation that began then ended in an acceptance. */
  accept({ stream, sender, tenant }: Origin, begunAt: number): void {
    this.#remember('transport', '', begunAt)
    this.#remember('stream', stream, begunAt)
    this.#remember('sender', sender, begunAt)
    if (tenant !== null) this.#remember('tenant', tenant, begunAt)
  }

  /** Other mail was handed over after it, and accepted. One that was under way by then had passed what it met. */
  readonly isProven = ({ isSenders, sender, refusedAt }: Refusal): boolean =>
    this.#last(isSenders ? 'sender' : 'transport', isSenders ? sender : '') > refusedAt

  readonly hasEnded = ({ scope, value, since }: Brake): boolean => this.#last(scope, value) > since

  /** It has accepted mail of another. */
  hasOthers(scope: 'stream' | 'sender', value: string): boolean {
    return [...this.#accepted[scope].keys()].some((known) => known !== value)
  }

  /** Something that waits is over. */
  get isAnswered(): boolean {
    return this.#waiting.some(this.isProven) || this.#brakes.some(this.hasEnded)
  }

  #last(scope: Brake['scope'], value: string): number {
    return this.#accepted[scope].get(value) ?? 0
  }

  #remember(scope: Brake['scope'], value: string, at: number): void {
    const known = this.#accepted[scope]
    known.set(value, Math.max(at, known.get(value) ?? 0))
    if (known.size > most) known.delete(leastRecent(known))
  }
}

function leastRecent(known: ReadonlyMap<string, number>): string {
  return [...known].reduce((least, one) => (one[1] < least[1] ? one : least))[0]
}
