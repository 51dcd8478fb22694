import { finished, Readable, Transform } from 'node:stream'
import { Permission } from './permission.ts'

/**
 * The body of one mail as a stream that asks `mayBegin` at its first read, which an SMTP connection makes once the server has accepted
 * recipients and DATA. Refused, or broken on the way, it ends in an error, so that no final dot is ever written.
 */
export class Body extends Readable {
  readonly #source: Readable
  readonly permission: Permission
  #target: Transform | undefined

  constructor(source: Readable, mayBegin: () => Promise<boolean>) {
    super()
    this.#source = source
    this.permission = new Permission(mayBegin)
  }

  /** Everything and the final dot are with the socket. May be early by what the socket buffers, never late. */
  get handedOver(): boolean {
    if (this.#target) return this.#target.writableEnded && this.#target.readableLength === 0
    return this.readableEnded
  }

  override pipe<T extends NodeJS.WritableStream>(target: T, options?: { end?: boolean }): T {
    if (target instanceof Transform) this.#target = target
    return super.pipe(target, options)
  }

  override _read(): void {
    if (!this.permission.asked) void this.#begin()
    else this.#source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.destroy()
    callback(error)
  }

  async #begin(): Promise<void> {
    const begin = await this.permission.ask()
    if (this.destroyed) return
    if (!begin) this.destroy(new Error('The mail may not be sent any more'))
    else this.#flow(this.#source)
  }

  #flow(source: Readable): void {
    finished(source, (error) => (error ? this.destroy(error) : this.push(null)))
    source.on('data', (chunk) => {
      if (!this.push(chunk)) source.pause()
    })
  }
}
