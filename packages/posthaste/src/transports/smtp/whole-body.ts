import { EventEmitter } from 'node:events'
import type { Transform } from 'node:stream'
import { Permission } from '../permission.ts'

/** What Nodemailer makes of a body on its way to the socket: it escapes dots, mends line ends, and writes the final dot. */
interface DataStream extends Transform {
  inByteCount: number
  outByteCount: number
  lastByte: number | false
}

/**
 * The body of one mail that is at hand, as a stream in what an SMTP connection asks of one: it calls `pipe` once the server has accepted
 * recipients and DATA, and then `mayBegin` is asked. Refused, it ends in an error, so that no final dot is ever written.
 */
export class WholeBody extends EventEmitter {
  readonly permission: Permission
  readonly #content: Buffer
  #destroyed = false
  #target: DataStream | undefined

  constructor(content: Buffer, mayBegin: () => Promise<boolean>) {
    super()
    this.#content = content
    this.permission = new Permission(mayBegin)
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
    const begin = await this.permission.ask()
    if (this.#destroyed) return
    if (!begin) {
      this.emit('error', new Error('The mail may not be sent any more'))
      return
    }
    this.#target = target
    if ('lastByte' in target) passMended(target)
    target.end(this.#content)
    this.emit('end')
  }
}

/** The whole in one go: byte by byte it took 0.04 ms of processor a mail of 4 KB. */
function passMended(target: DataStream): void {
  target._transform = (chunk: Buffer, _encoding, done) => {
    const mended = mend(chunk)
    target.inByteCount += chunk.length
    target.outByteCount += mended.length
    target.lastByte = mended.at(-1) ?? false
    done(null, mended)
  }
}

/** Each line ends in CRLF, and one that begins with a dot has another (RFC 5321 §2.3.8, §4.5.2). */
function mend(content: Buffer): Buffer {
  const text = content.toString('latin1')
  const mended = text.replace(/\r(?!\n)|(?<!\r)\n/g, '\r\n').replace(/^\./gm, '..')
  return mended === text ? content : Buffer.from(mended, 'latin1')
}
