import { EventEmitter } from 'node:events'
import type { Transform } from 'node:stream'

/** What Nodemailer makes of a body on its way to the socket: it escapes dots, mends line ends, and writes the final dot. */
interface DataStream extends Transform {
  inByteCount: number
  outByteCount: number
  lastByte: number | false
}

/**
 * The body of one mail that is at hand, as a stream in what an SMTP connection asks of one: it calls `pipe` once the server has accepted
 * recipients and DATA, and then `mayBegin` is asked. Refused, it ends in an error, so that no final dot is ever written. A stream proper, read by
 * chunks and searched byte by byte, took a third of a worker's time.
 */
export class WholeBody extends EventEmitter {
  readonly #content: Buffer
  readonly #mayBegin: () => Promise<boolean>
  #asked = false
  #refused = false
  #destroyed = false
  #target: DataStream | undefined

  constructor(content: Buffer, mayBegin: () => Promise<boolean>) {
    super()
    this.#content = content
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
    return this.#target !== undefined && this.#target.readableLength === 0
  }

  pipe<T extends NodeJS.WritableStream>(target: T): T {
    void this.#begin(target as unknown as DataStream)
    return target
  }

  destroy(): void {
    this.#destroyed = true
  }

  async #begin(target: DataStream): Promise<void> {
    this.#refused = !(await this.#ask())
    if (this.#destroyed) return
    if (this.#refused) {
      this.emit('error', new Error('The mail may not be sent any more'))
      return
    }
    this.#target = target
    if ('lastByte' in target && isAsOnTheWire(this.#content)) passAsItIs(target)
    target.end(this.#content)
    this.emit('end')
  }

  async #ask(): Promise<boolean> {
    this.#asked = true
    try {
      return await this.#mayBegin()
    } catch {
      return false
    }
  }
}

/** Each line ends in CRLF and none begins with a dot (RFC 5321 §4.5.2): there is nothing to escape or mend. */
function isAsOnTheWire(content: Buffer): boolean {
  return !/^\.|\n\.|\r(?!\n)|(?<!\r)\n/.test(content.toString('latin1'))
}

function passAsItIs(target: DataStream): void {
  target._transform = (chunk: Buffer, _encoding, done) => {
    target.inByteCount += chunk.length
    target.outByteCount += chunk.length
    target.lastByte = chunk.at(-1) ?? false
    done(null, chunk)
  }
}
