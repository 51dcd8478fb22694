import type { WorkerContext } from './context.ts'
import { runMaintenance } from './maintenance.ts'
import type { WorkerOptions, WorkerTools } from './worker-options.ts'

const maintenanceEvery = 60_000

/** Renews the worker's lease, takes over from workers that died, and runs maintenance. */
export class Heartbeat {
  readonly #context: WorkerContext
  readonly #tools: WorkerTools
  readonly #options: WorkerOptions
  readonly #over = new AbortController()
  #beating: Promise<void> | undefined
  #maintenanceAt = 0

  constructor(context: WorkerContext, tools: WorkerTools, options: WorkerOptions) {
    this.#context = context
    this.#tools = tools
    this.#options = options
  }

  start(): void {
    this.#beating = this.#beat()
  }

  async end(): Promise<void> {
    this.#over.abort()
    await this.#beating
  }

  async report({ sleeping }: { sleeping: boolean }): Promise<void> {
    this.#context.lease.sleeping = sleeping
    await this.#context.lease.beat()
  }

  async #beat(): Promise<void> {
    const { clock, lease, events } = this.#context
    while (!this.#over.signal.aborted) {
      const began = clock.monotonic()
      await this.#once().catch((error: unknown) => events.emit('error', error))
      await clock.sleep(Math.max(0, lease.interval - (clock.monotonic() - began)), this.#over.signal)
    }
  }

  async #once(): Promise<void> {
    const { lease, store, clock, events, wakeup } = this.#context
    const inTouch = lease.isInTouch
    await lease.beat()
    await applySharedBackoff(this.#context)
    await this.#context.transports.closeUnused()
    if (!inTouch) return
    const found = await store.rescue(clock.now(), this.#options.maxRescues ?? 3)
    if (found.workers > 0) {
      events.emit('rescued', found)
      wakeup.call()
    }
    await this.#maintain()
  }

  async #maintain(): Promise<void> {
    const { clock, store, events, reconciler } = this.#context
    const now = clock.now()
    if (now < this.#maintenanceAt) return
    this.#maintenanceAt = now + maintenanceEvery
    // A failover may bring claims back that were settled, and no statement need have failed for it.
    reconciler.request()
    if (this.#options.housekeeping === false) return
    await this.#tools.connection.resynchronise()
    await runMaintenance({
      store,
      now,
      streams: this.#tools.settings.streams,
      isOver: () => this.#over.signal.aborted,
    }).catch((error: unknown) => events.emit('error', error))
  }
}

/** Makes transports back off, be braked or resume, as other workers or an operator have said. */
export async function applySharedBackoff({ store, transports, clock, wakeup }: WorkerContext): Promise<void> {
  const now = clock.now()
  const rows = await store.transportBackoffs(now)
  const backoffs = rows.flatMap(({ name, backoffUntil, faults, since }) =>
    backoffUntil === null ? [] : [{ name, until: backoffUntil, faults, since: since ?? now }],
  )
  const hasEnded = transports.applySharedBackoff(backoffs)
  const isAnswered = transports.applyRefusals(await store.refusals.read(now))
  if (hasEnded || isAnswered) wakeup.call()
}
