import { adoptRests } from './adopt-rests.ts'
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

  async #beat(): Promise<void> {
    const { clock, lease, events } = this.#line
    while (!this.#over.signal.aborted) {
      const began = clock.monotonic()
      await this.#once().catch((error: unknown) => events.tell('error', error))
      await clock.sleep(Math.max(0, lease.interval - (clock.monotonic() - began)), this.#over.signal)
    }
  }

  async #once(): Promise<void> {
    const { lease, store, clock, events, wakeup } = this.#line
    const inTouch = lease.isInTouch
    await lease.beat()
    await adoptRests(this.#line)
    if (!inTouch) return
    const found = await store.rescue(clock.now(), this.#options.maxRescues ?? 3)
    if (found.workers > 0) {
      events.tell('rescued', found)
      wakeup.call()
    }
    await this.#keepHouse()
  }

  async #keepHouse(): Promise<void> {
    const { clock, store, events, lost } = this.#line
    const now = clock.now()
    if (now < this.#houseAt) return
    this.#houseAt = now + houseEvery
    // A failover may bring claims back that were settled, and no statement need have failed for it.
    lost.suspect()
    if (this.#options.housekeeping === false) return
    await this.#tools.connection.resynchronise()
    await keepHouse({
      store,
      now,
      streams: this.#tools.settings.streams,
      isOver: () => this.#over.signal.aborted,
    }).catch((error: unknown) => events.tell('error', error))
  }
}
