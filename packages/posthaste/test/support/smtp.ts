import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { SmtpLogin } from './smtp/authenticate.ts'
import { certificate } from './smtp/certificate.ts'
import type { ReceivedMail } from './smtp/mail.ts'
import type { SmtpScript } from './smtp/script.ts'
import { converse, type SmtpSession } from './smtp/session.ts'
import { Wire } from './smtp/wire.ts'
import { type UntilOptions, until } from './wait.ts'

export type { SmtpAnswer, SmtpStep } from './smtp/script.ts'
export type { ReceivedMail, SmtpScript, SmtpSession }

export interface SmtpOptions {
  /** The test's own answers. May be changed while the server runs. */
  reply?: SmtpScript
  /** Wants every client to log in, and says who may. */
  auth?: (login: SmtpLogin) => boolean | Promise<boolean>
  /** @default 'none' */
  tls?: 'none' | 'starttls' | 'implicit'
  /** Besides SIZE, STARTTLS and AUTH. @default PIPELINING, 8BITMIME, SMTPUTF8, DSN */
  extensions?: string[]
  /** Bytes. @default 64 MB */
  maxSize?: number
}

export interface SmtpServer {
  port: number
  url: string
  /** For a client's `tls.ca`. */
  ca: string
  received: ReceivedMail[]
  /** Every connection there has been. */
  sessions: SmtpSession[]
  /** How many are open now. */
  readonly open: number
  /** All sessions' commands, in the order in which they began; `.` is a body's end. */
  readonly commands: string[]
  /** For each body that never reached its dot: its bytes. */
  cutShort: number[]
  options: SmtpOptions
  /** Waits until so many mails have been received. */
  mails(count: number, options?: UntilOptions): Promise<ReceivedMail[]>
  close(): Promise<void>
}

/** A real SMTP server on a free port that says, at any step, what the test wants. */
export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpServer> {
  const sockets = new Set<Socket>()
  const records = {
    options,
    received: [] as ReceivedMail[],
    sessions: [] as SmtpSession[],
    cutShort: [] as number[],
  }
  const accept = (socket: Socket) => void serve(records, socket)
  const server = options.tls === 'implicit' ? createTlsServer(certificate, accept) : createTcpServer(accept)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...records,
    port,
    url: `${options.tls === 'implicit' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    ca: certificate.cert,
    get open() {
      return sockets.size
    },
    get commands() {
      return records.sessions.flatMap(({ commands }) => commands)
    },
    mails: (count, wait) => mails(records.received, count, wait),
    close: () => close(server, sockets),
  }
}

type Records = Pick<SmtpServer, 'options' | 'received' | 'sessions' | 'cutShort'>

async function serve({ options, received, sessions, cutShort }: Records, socket: Socket): Promise<void> {
  const wire = new Wire(socket)
  const number = sessions.length + 1
  const state = { from: undefined, to: [], envelope: [], bodyBytes: 0, user: undefined, secure: wire.secure }
  const session: SmtpSession = { number, commands: [], ...state }
  sessions.push(session)
  await converse({
    wire,
    session,
    options,
    received: (mail) => received.push(mail),
    cutShort: (bytes) => cutShort.push(bytes),
  })
  socket.end()
}

async function mails(
  received: ReceivedMail[],
  count: number,
  options?: UntilOptions,
): Promise<ReceivedMail[]> {
  const what = `${count} mails received`
  return until(() => (received.length >= count ? received : undefined), { what, ...options }) as Promise<
    ReceivedMail[]
  >
}

async function close(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
}
