import { finished, Readable, Transform } from 'node:stream'

/**
 * The body of one mail as a stream that asks `mayBegin` at its first read, which an SMTP connection makes once the server has accepted
 * recipients and DATA. Refused, or broken on the way, it ends in an error, so that no final dot is ever written.
 */
export class Body extends Readable {
  readonly #source: Readable
  readonly #mayBegin: () => Promise<boolean>
  #asked = false
  #refused = false
  #target: Transform | undefined

  constructor(source: Readable, mayBegin: () => Promise<boolean>) {
    super()
    this.#source = source
    this.#mayBegin = mayBegin
  }

  /** `mayBegin` was asked: bytes may have left. */
  get asked(): boolean {
    return this.#asked
  }

  /** `mayBegin` said no: no byte has left, and none will. */
  get refused(): boolean {
    return this.#refused
  }

  /** Everything and the final dot are with the socket. May be early by what the socket buffers, never late. */
  get handedOver(): boolean {
    if (this.#target) return this.#target.writableEnded && this.#target.readableLength === 0
    return this.readableEnded
  }

  /** Nothing may leave any more, even if somebody reads later. */
  refuse(): void {
    if (!this.#asked) this.#refused = true
  }

  override pipe<T extends NodeJS.WritableStream>(target: T, options?: { end?: boolean }): T {
    if (target instanceof Transform) this.#target = target
    return super.pipe(target, options)
  }

  override _read(): void {
    if (!this.#asked) void this.#begin()
    else this.#source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.destroy()
    callback(error)
  }

  async #begin(): Promise<void> {
    const begin = !this.#refused && (await this.#ask())
    if (!begin) this.#refused = true
    if (this.destroyed) return
    if (!begin) this.destroy(new Error('The mail may not be sent any more'))
    else this.#flow(this.#source)
  }

  async #ask(): Promise<boolean> {
    this.#asked = true
    try {
      return await this.#mayBegin()
    } catch {
      return false
    }
  }

  #flow(source: Readable): void {
    finished(source, (error) => (error ? this.destroy(error) : this.push(null)))
    source.on('data', (chunk) => {
      if (!this.push(chunk)) source.pause()
    })
  }
}
