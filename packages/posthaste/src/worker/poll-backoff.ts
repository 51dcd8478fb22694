import type { WorkerContext } from './context.ts'

/** For how long an idle worker looks often before it sleeps: mail tends to follow mail. */
const alertFor = 1_000
/**
 * How often: the longer nothing came, the longer until something does; and a look that takes long, for the database has enough to do, is not made as
 * often. Beside one look every 8 ms: 8.1 → 5.1 ms from commit to acceptance on a busy machine.
 */
const alertEvery = { least: 2, most: 16, ofQuiet: 1 / 16, ofLook: 3 }
/** How often it looks for what is due and was not to be had. */
const contestedEvery = 8
/** How often it looks while a slot is free that what is due may not take. */
const keptEvery = 100
/** For how long it looks often after it was woken: SQLite's log changes a moment before what was written can be read. */
const alertOnceWoken = 60

export interface Idle {
  /** Milliseconds between looks where nothing wakes the worker earlier. */
  readonly pollInterval: number
  /** Tells enqueuers that they must notify; undefined where they cannot. */
  readonly sleep: ((sleeping: boolean) => Promise<void>) | undefined
}

/** How long nothing has happened, and what that means for the next look. */
export class PollBackoff {
  #since: number | undefined
  #alertUntil = 0
  #asleep = false
  readonly #context: WorkerContext
  readonly #idle: Idle

  constructor(context: WorkerContext, idle: Idle) {
    this.#context = context
    this.#idle = idle
  }

  async busy(): Promise<void> {
    this.#since = undefined
    if (this.#asleep) await this.#report(false)
  }

  /** Returns when there may be something to do: an outcome, a notification, a due mail, a transport whose back-off is over. */
  async wait(): Promise<void> {
    const { clock, wakeup, inFlight } = this.#context
    const now = clock.monotonic()
    if (this.#since === undefined) this.#stayAlert(now, alertFor)
    const quiet = inFlight.size === 0
    if (quiet && now < this.#alertUntil) return void (await wakeup.wait(clock, this.#untilNextLook(now)))
    // Says so first and looks once more after it: what was enqueued in between was not notified.
    if (quiet && this.#idle.sleep && !this.#asleep) return this.#report(true)
    const woken = await this.#sleep()
    if (woken && quiet) this.#stayAlert(clock.monotonic(), alertOnceWoken)
  }

  #stayAlert(now: number, ms: number): void {
    this.#since = now
    this.#alertUntil = now + ms
  }

  #untilNextLook(now: number): number {
    const { least, most, ofQuiet, ofLook } = alertEvery
    const look = Math.max(0, ...this.#context.transports.all.map(({ pace }) => pace.turn))
    return Math.min(most, Math.max(least, look * ofLook, (now - (this.#since ?? now)) * ofQuiet))
  }

  /** Until it is woken, or something is due: one statement each time it looks. */
  async #sleep(): Promise<boolean> {
    const { clock, wakeup, inFlight } = this.#context
    const first = await this.#untilNext()
    // What is due already was not claimed a moment ago: a slot is kept for other mail, or another worker is at it.
    if (first <= 0) return wakeup.wait(clock, inFlight.size > 0 ? keptEvery : contestedEvery)
    for (let wait = first; wait > 0; wait = await this.#untilNext()) {
      if (await wakeup.wait(clock, wait)) return true
      if (wait < this.#idle.pollInterval) return false
    }
    return false
  }

  async #untilNext(): Promise<number> {
    const { store, intakes, clock } = this.#context
    const { pollInterval } = this.#idle
    const now = clock.now()
    const open = intakes.flatMap((one) => one.openStreams(now))
    const due = open.length > 0 ? await store.nextDue(open) : undefined
    const waits = intakes.flatMap((one) => one.waitFor(now) ?? [])
    return Math.min(pollInterval, ...waits, due === undefined ? pollInterval : due - now)
  }

  async #report(sleeping: boolean): Promise<void> {
    this.#asleep = sleeping
    await this.#idle.sleep?.(sleeping)
  }
}
