import { PosthasteError } from '../errors.ts'
import { Events, type WorkerEvents } from '../events.ts'
import { milliseconds } from '../input/time.ts'
import type { Engine } from './engine.ts'
import { readListener, readSignal } from './read-options.ts'
import { Wakeup } from './wakeup.ts'
import type { WorkerOptions, WorkerTools } from './worker-options.ts'

type Phase = 'new' | 'running' | 'stopping' | 'stopped'

/**
 * Delivers mail until it is told to stop.
 *
 * @example
 * await using worker = mail.worker({ concurrency: 20 })
 * worker.on('failed', ({ id, reply }) => console.error(id, reply))
 * await worker.run(signal)
 */
export class Worker {
  readonly #tools: WorkerTools
  readonly #options: WorkerOptions
  readonly #events: Events
  readonly #wakeup = new Wakeup()
  readonly #abort = new AbortController()
  #phase: Phase = 'new'
  #running: Promise<void> | undefined

  /** @internal */
  constructor(tools: WorkerTools, options: WorkerOptions) {
    this.#tools = tools
    this.#options = options
    this.#events = new Events(tools.settings.logger)
  }

  /** Listens to what the worker emits. @throws {PH_OPTION_INVALID} there is no such event */
  on<Name extends keyof WorkerEvents>(name: Name, listener: (...args: WorkerEvents[Name]) => void): this {
    readListener(name, listener)
    this.#events.on(name, listener)
    return this
  }

  off<Name extends keyof WorkerEvents>(name: Name, listener: (...args: WorkerEvents[Name]) => void): this {
    readListener(name, listener)
    this.#events.off(name, listener)
    return this
  }

  /**
   * Begins; resolves when the worker is registered and looks for mail.
   *
   * @throws {PH_CONFIG} no transport, or an unknown stream
   * @throws {PH_NOT_MIGRATED} {PH_DATABASE_UNREACHABLE}
   * @throws {PH_WORKER_STATE} it was started before
   */
  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new PosthasteError('PH_WORKER_STATE', `it is ${this.#phase}`)
    this.#phase = 'running'
    const beginning = this.#startEngine()
    const forget = this.#tools.connection.beforeClose(() => this.stop())
    this.#running = beginning
      .then(
        (engine) => engine.work(() => this.#phase === 'running'),
        () => {},
      )
      .finally(() => {
        this.#phase = 'stopped'
        forget()
      })
    await beginning
  }

  async #startEngine(): Promise<Engine> {
    // Loaded now: an app that only enqueues never loads what delivers.
    const { startEngine } = await import('./engine.ts')
    return startEngine(this.#tools, this.#options, {
      events: this.#events,
      wakeup: this.#wakeup,
      abort: this.#abort.signal,
    })
  }

  /** Resolves when the worker has left. */
  get stopped(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  /** Works until the signal aborts, then stops as stop() does. */
  async run(signal?: AbortSignal): Promise<void> {
    const ending = readSignal(signal)
    await this.start()
    const stop = () => void this.stop()
    if (ending?.aborted) stop()
    ending?.addEventListener('abort', stop, { once: true })
    await this.#running
    ending?.removeEventListener('abort', stop)
  }

  /** Claims nothing more, lets what is under way finish within `stopWithin`, settles everything, and leaves. May be called at any time, and again. */
  async stop(): Promise<void> {
    if (this.#phase === 'new') this.#phase = 'stopped'
    if (this.#phase === 'running') {
      this.#phase = 'stopping'
      const within = milliseconds(this.#options.stopWithin ?? '30s', 'stopWithin')
      const timer = setTimeout(() => this.#abort.abort(), within)
      void this.#running?.finally(() => clearTimeout(timer))
      this.#wakeup.call()
    }
    await this.#running
  }

  /** Ends every conversation now: what was not answered yet is settled as deferred or unknown. */
  async stopNow(): Promise<void> {
    this.#abort.abort()
    await this.stop()
  }

  /** Looks for mail at once. */
  wake(): void {
    this.#wakeup.call()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
