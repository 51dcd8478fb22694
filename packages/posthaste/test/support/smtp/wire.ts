import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { SmtpFate } from './script.ts'

const bodyEnd = '\r\n.\r\n'

/** One connection: lines and bodies in, replies out, over TCP and then perhaps TLS. */
export class Wire {
  #socket: Socket
  #buffered: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  get secure(): boolean {
    return this.#socket instanceof TLSSocket
  }

  /** The next line, or undefined when the client has gone. */
  async line(): Promise<string | undefined> {
    let end = this.#buffered.indexOf('\r\n')
    while (end < 0 && !this.#ended) {
      await this.#change()
      end = this.#buffered.indexOf('\r\n')
    }
    if (end < 0) return undefined
    const line = this.#buffered.toString('utf8', 0, end)
    this.#buffered = this.#buffered.subarray(end + 2)
    return line
  }

  /**
   * The body with its dots unstuffed, or undefined when the client has gone. Each piece is announced as it comes, and
   * nothing more is read until `arriving` has answered; false ends it.
   */
  async body(arriving: (bytes: number) => Promise<boolean>): Promise<Buffer | undefined> {
    // The line break of DATA counts as the one before the final dot, if the body is empty.
    const pieces: Buffer[] = [Buffer.from('\r\n')]
    for (let [bytes, tail] = [0, '\r\n']; ; ) {
      const piece = await this.#piece()
      if (!piece) return undefined
      bytes += piece.length
      if (!(await this.#paused(() => arriving(bytes)))) return undefined
      pieces.push(piece)
      tail += piece.toString('latin1')
      if (tail.includes(bodyEnd)) return this.#takeBody(Buffer.concat(pieces))
      tail = tail.slice(-4)
    }
  }

  write(reply: string): void {
    if (!this.#socket.destroyed) this.#socket.write(reply.endsWith('\n') ? reply : `${reply}\r\n`)
  }

  async end(fate: SmtpFate): Promise<void> {
    if (fate === 'close') this.#socket.end()
    if (fate === 'reset') this.#socket.resetAndDestroy()
    if (fate === 'hang') this.#socket.pause()
    if (!this.#socket.destroyed) await new Promise((resolve) => this.#socket.once('close', resolve))
  }

  /** Whatever was sent in plain text after STARTTLS is thrown away, as RFC 3207 wants it. */
  startTls(tls: { key: string; cert: string }): void {
    this.#socket.removeAllListeners()
    this.#buffered = Buffer.alloc(0)
    this.#socket = new TLSSocket(this.#socket, { isServer: true, ...tls })
    this.#listen()
  }

  #listen(): void {
    const ended = () => {
      this.#ended = true
      this.#wake()
    }
    this.#socket.setNoDelay(true)
    this.#socket.on('error', () => {})
    this.#socket.on('end', ended)
    this.#socket.on('close', ended)
    this.#socket.on('data', (chunk: Buffer) => {
      this.#buffered = Buffer.concat([this.#buffered, chunk])
      this.#wake()
    })
  }

  async #piece(): Promise<Buffer | undefined> {
    while (this.#buffered.length === 0 && !this.#ended) await this.#change()
    const piece = this.#buffered
    this.#buffered = Buffer.alloc(0)
    return piece.length > 0 ? piece : undefined
  }

  async #paused<T>(work: () => Promise<T>): Promise<T> {
    this.#socket.pause()
    const result = await work()
    this.#socket.resume()
    return result
  }

  #takeBody(all: Buffer): Buffer {
    const end = all.indexOf(bodyEnd)
    this.#buffered = Buffer.concat([all.subarray(end + bodyEnd.length), this.#buffered])
    const stuffed = all.toString('latin1', 0, end + 2)
    return Buffer.from(stuffed.replace(/\r\n\./g, '\r\n').slice(2), 'latin1')
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
