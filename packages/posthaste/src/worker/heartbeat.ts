import { keepHouse } from './housekeeping.ts'
import type { Line } from './loop.ts'
import type { WorkerOptions } from './worker-options.ts'
import type { WorkerTools } from './worker-tools.ts'

const houseEvery = 60_000

/** Says that the worker lives, takes over from those that do not, and does the housekeeping. */
export class Heartbeat {
  readonly #line: Line
  readonly #tools: WorkerTools
  readonly #options: WorkerOptions
  readonly #over = new AbortController()
  #beating: Promise<void> | undefined
  #lost = false
  #houseAt = 0

  constructor(line: Line, tools: WorkerTools, options: WorkerOptions) {
    this.#line = line
    this.#tools = tools
    this.#options = options
  }

  begin(): void {
    this.#beating = this.#beat()
  }

  async end(): Promise<void> {
    this.#over.abort()
    await this.#beating
  }

  async say({ sleeping }: { sleeping: boolean }): Promise<void> {
    this.#line.lease.sleeping = sleeping
    await this.#line.lease.beat()
  }

  /** A turn failed: its claims may have been committed all the same, and nobody here knows them. */
  mayHaveLostClaims(): void {
    this.#lost = true
  }

  async #beat(): Promise<void> {
    const { clock, lease, events } = this.#line
    while (!this.#over.signal.aborted) {
      await this.#once().catch((error: unknown) => events.tell('error', error))
      await clock.sleep(lease.interval, this.#over.signal)
    }
  }

  async #once(): Promise<void> {
    const { lease, store, clock, events, wakeup, outbound } = this.#line
    const inTouch = lease.isInTouch
    await lease.beat()
    if (this.#lost) {
      this.#lost = false
      await store.releaseLost(lease.id, { held: outbound.claims, dueAt: clock.now() })
    }
    await this.#adoptRests()
    if (!inTouch) return
    const found = await store.rescue(clock.now(), this.#options.maxRescues ?? 3)
    if (found.workers > 0) {
      events.tell('rescued', found)
      wakeup.call()
    }
    await this.#keepHouse()
  }

  /** What other workers, or an operator, said of the transports. */
  async #adoptRests(): Promise<void> {
    const { store, slots, clock, wakeup } = this.#line
    const rows = await store.restingTransports()
    const now = clock.now()
    for (const one of slots) {
      const until = rows.find(({ name }) => name === one.transport.name)?.restUntil ?? 0
      if (until > now && until > one.restUntil) one.restAsOthersDo(until)
      if (until === 0 && one.isRestKnown && one.recover()) wakeup.call()
    }
  }

  async #keepHouse(): Promise<void> {
    const { clock, store, events } = this.#line
    const now = clock.now()
    if (this.#options.housekeeping === false || now < this.#houseAt) return
    this.#houseAt = now + houseEvery
    await this.#tools.connection.resynchronise()
    await keepHouse({
      store,
      now,
      streams: this.#tools.settings.streams,
      isOver: () => this.#over.signal.aborted,
    }).catch((error: unknown) => events.tell('error', error))
  }
}
