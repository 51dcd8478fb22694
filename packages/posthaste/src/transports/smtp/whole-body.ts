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
    if ('lastByte' in target) passWhole(target)
    target.end(this.#content)
    this.emit('end')
  }
}

/** The socket takes so much without saying that it is full: of more, the final dot waits, and a body that is cut halfway has surely no end. */
const takenAtOnce = 16 * 1024

/** The whole in one go, with its end where that would follow at once: its search byte by byte was a tenth of a drain's profile. */
function passWhole(target: DataStream): void {
  target._transform = (content: Buffer, _encoding, done) => {
    const lines = onTheWire(content)
    const hasEnd = lines.length < takenAtOnce
    const wire = hasEnd ? `${lines}${lines.endsWith('\n') ? '' : '\r\n'}.\r\n` : lines
    target.inByteCount += content.length
    target.outByteCount += wire.length
    if (hasEnd) target._flush = (ended) => ended()
    else target.lastByte = wire.charCodeAt(wire.length - 1)
    done(null, Buffer.from(wire, 'latin1'))
  }
}

/** Each line ends in CRLF, and one that begins with a dot has another (RFC 5321 §2.3.8, §4.5.2). A character is a byte. */
function onTheWire(content: Buffer): string {
  return content
    .toString('latin1')
    .replace(/\r(?!\n)|(?<!\r)\n/g, '\r\n')
    .replace(/^\./gm, '..')
}
